"""Rows that are mixed with each other while training, and how their labels must be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import keras
from keras import ops

__all__ = ["Mixture", "RowMixing", "collecting_mixtures"]


class Mixture(NamedTuple):
    """What each row of a batch was mixed of.

    Attributes:
        partners: (batch,) int32: the row that was mixed into it.
        kept: (batch,) float32 in [0, 1]: its own share; the rest is the partner's.
    """

    partners: Any
    kept: Any


# Replicas are threads that take turns in the middle of a network: each sees a value of its own.
_mixtures: ContextVar[list[Mixture] | None] = ContextVar("mixtures", default=None)


@contextmanager
def collecting_mixtures() -> Iterator[list[Mixture]]:
    """Lets the networks that are called inside mix rows, and collects what they mixed.

    Whoever calls a network otherwise does not know that labels are to be mixed too, so that nothing
    is.
    """
    collected: list[Mixture] = []
    token = _mixtures.set(collected)
    try:
        yield collected
    finally:
        _mixtures.reset(token)


@keras.saving.register_keras_serializable(package="plumbline")
class RowMixing(keras.layers.Layer):
    """Mixes each row with another one of its batch, inside of `collecting_mixtures` only.

    By mixup, a weighted mean of both (Zhang et al. 2018), or CutMix, which puts a rectangle of the
    other onto the row (Yun et al. 2019). With both, each row is mixed by one of them, as a coin
    says. The share that a row keeps is drawn from Beta(α, α).

    Keras' layers draw and mix. They are not called as layers: they want labels among the inputs of
    the network, which inference lacks.

    Args:
        mixup_alpha: α of mixup in [0.05, 1], or 0 for none.
        cutmix_alpha: α of CutMix in [0.05, 1], or 0 for none. Rows are then images (batch,
            height, width, channels).
        seed: Of the layer's own random stream; it uses three from here on.
    """

    def __init__(
        self, *, mixup_alpha: float, cutmix_alpha: float = 0.0, seed: int, **options: Any
    ) -> None:
        # Shares and borders of rectangles need all digits, whatever the training computes in.
        super().__init__(**{"dtype": "float32", **options})
        self.mixup_alpha = mixup_alpha
        self.cutmix_alpha = cutmix_alpha
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)
        self.ways: list[keras.layers.Layer] = []
        if mixup_alpha > 0.0:
            self.ways.append(keras.layers.MixUp(mixup_alpha, seed=seed + 1, dtype="float32"))
        if cutmix_alpha > 0.0:
            # Of a single number Keras draws α itself.
            factor = (cutmix_alpha, cutmix_alpha)
            self.ways.append(keras.layers.CutMix(factor, seed=seed + 2, dtype="float32"))

    def build(self, rows_shape: Any) -> None:
        """There are no weights to make."""
        super().build(rows_shape)

    def call(self, rows: Any, training: bool | None = None) -> Any:
        """(batch, …) -> the same, mixed while training."""
        collected = _mixtures.get()
        if not training or collected is None or not self.ways:
            return rows
        mixed, mixture = _mix(self.ways[0], rows)
        if len(self.ways) > 1:
            heads = keras.random.uniform(ops.shape(mixture.kept), seed=self.generator) < 0.5
            others, other_mixture = _mix(self.ways[1], rows)
            mixed = ops.where(_beside(heads, rows), mixed, others)
            mixture = _choose(heads, mixture, other_mixture)
        collected.append(mixture)
        return mixed

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shapes are kept."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        own = {"mixup_alpha": self.mixup_alpha, "cutmix_alpha": self.cutmix_alpha}
        return {**super().get_config(), **own, "seed": self.seed}


def _mix(way: Any, rows: Any) -> tuple[Any, Mixture]:
    """By one of Keras' layers, which take images."""
    shape = ops.shape(rows)
    images = rows if len(shape) == 4 else ops.reshape(rows, (shape[0], -1, 1, 1))
    drawn = way.get_random_transformation(images, training=True)
    mixed = way.transform_images(images, drawn, training=True)
    partners = ops.cast(drawn["permutation_order"], "int32")
    return ops.reshape(mixed, shape), Mixture(partners, ops.reshape(drawn["mix_weight"], (-1,)))


def _choose(heads: Any, one: Mixture, other: Mixture) -> Mixture:
    partners = ops.where(heads, one.partners, other.partners)
    return Mixture(partners, ops.where(heads, one.kept, other.kept))


def _beside(values: Any, rows: Any) -> Any:
    """(batch,) -> (batch, 1, …) with as many axes as the rows."""
    return ops.reshape(values, (-1, *(1,) * (len(rows.shape) - 1)))
