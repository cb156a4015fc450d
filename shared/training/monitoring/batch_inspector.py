"""Looking at the examples of a batch whose loss is no number.

Which hold NaN or infinity, and which are far from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.loading.batches.batching import Prepared, batch_indices

__all__ = ["BatchInspector", "InspectedBatch"]


@dataclass(frozen=True)
class InspectedBatch:
    """The examples of a batch, and how large their numbers and losses are.

    Attributes:
        step: In which they were trained on, from 0 within its epoch; None for validation.
        ids: (n,) str.
        largest_inputs: (n,) float64, each example's largest magnitude of a number among its
            tensors; NaN or infinite where one is.
        worst_tensors: The name of the tensor that holds it.
        losses: (n,) float64 by the weights as they are now, or None if these are no numbers any
            more.
    """

    step: int | None
    ids: NDArray[np.str_]
    largest_inputs: NDArray[np.float64]
    worst_tensors: tuple[str, ...]
    losses: NDArray[np.float64] | None

    @property
    def is_finite(self) -> bool:
        """Whether all numbers of all examples are."""
        return bool(np.isfinite(self.largest_inputs).all())

    @property
    def has_finite_losses(self) -> bool:
        """Whether no loss that could be computed is NaN or infinite."""
        return self.losses is None or bool(np.isfinite(self.losses).all())

    @property
    def place(self) -> str:
        """Where they were met, in words."""
        return "validation" if self.step is None else f"step {self.step + 1}"


@dataclass(frozen=True)
class BatchInspector:
    """Finds the examples of a training step again: they follow from seed, epoch and step.

    Attributes:
        ids: (n,) str of the training split.
        prepared: The training split.
        val_ids: (m,) str of the validation split.
        val: The validation split.
        config: Batch size and seed.
    """

    ids: NDArray[np.str_]
    prepared: Prepared
    val_ids: NDArray[np.str_]
    val: Prepared
    config: TrainConfig

    def of_step(self, model: keras.Model, epoch: int, step: int) -> InspectedBatch:
        """Look at the batch of a step.

        Args:
            model: Compiled; from named tensors to scores.
            epoch: From 0.
            step: Within the epoch, from 0.
        """
        indices = batch_indices(
            self.prepared,
            batch_size=self.config.batch_size,
            seed=self.config.seed,
            epoch=epoch,
            step=step,
        )
        return _look_at(model, self.prepared, self.ids[indices], indices, step=step)

    def of_validation(self, model: keras.Model) -> InspectedBatch:
        """Look at the validation split.

        Its first batch with a number that is none, else its last one.
        """
        size = self.config.batch_size
        for start in range(0, self.val.num_examples, size):
            indices = np.arange(start, min(start + size, self.val.num_examples))
            found = _look_at(model, self.val, self.val_ids[indices], indices, step=None)
            if not found.is_finite or not found.has_finite_losses:
                break
        return found


def _look_at(
    model: keras.Model,
    split: Prepared,
    ids: NDArray[np.str_],
    indices: NDArray[np.int64],
    *,
    step: int | None,
) -> InspectedBatch:
    rows = _rows(split, indices)
    largest, worst = _largest_magnitudes(rows)
    losses = _losses(model, rows, split.labels[indices])
    return InspectedBatch(step, ids, largest, worst, losses)


def _rows(split: Prepared, indices: NDArray[np.int64]) -> dict[str, tf.Tensor]:
    if split.features is None:
        fetched = split.fetch(indices)
        return {name: tf.convert_to_tensor(values) for name, values in fetched.items()}
    return {name: tf.gather(values, indices) for name, values in split.features.items()}


def _largest_magnitudes(rows: dict[str, tf.Tensor]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """(n,) largest magnitude of each row, and the names of the tensors that hold them.

    NaN and infinity are above all numbers.
    """
    num_rows = len(next(iter(rows.values())))
    names = [name for name, values in rows.items() if _is_numeric(values)]
    if not names:  # nothing but texts, which are always finite
        return np.zeros(num_rows), ("",) * num_rows
    magnitudes = np.stack([_magnitude(rows[name]) for name in names])  # (tensors, n)
    worst = np.where(np.isfinite(magnitudes), magnitudes, np.inf).argmax(axis=0)
    return magnitudes[worst, np.arange(num_rows)], tuple(names[index] for index in worst)


def _is_numeric(values: tf.Tensor) -> bool:
    return bool(values.dtype.is_floating or values.dtype.is_integer)


def _magnitude(values: tf.Tensor) -> NDArray[np.float64]:
    flat = np.abs(values.numpy().astype(np.float64).reshape(len(values), -1))
    largest: NDArray[np.float64] = flat.max(axis=1, initial=0.0)  # NaN wins
    return largest


def _losses(
    model: keras.Model, rows: dict[str, tf.Tensor], labels: NDArray[Any]
) -> NDArray[np.float64] | None:
    weights = [weight for weight in model.get_weights() if weight.dtype.kind == "f"]
    if not all(np.isfinite(weight).all() for weight in weights):
        return None
    scores = model(rows, training=False)
    each = model.loss.call(tf.convert_to_tensor(labels), scores)  # (n,), not yet averaged
    losses: NDArray[np.float64] = keras.ops.convert_to_numpy(each).astype(np.float64)
    return losses
