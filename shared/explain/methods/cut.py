"""Where a network is cut to be differentiated: behind the first operation on bytes or ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from shared.errors import UserError
from shared.explain.questions import ClassQuestion, Question
from shared.model.calibration import calibrated_scores
from shared.model.trained_model import TrainedModel
from shared.targets.calibration import Calibration

__all__ = ["REMAINING", "Cut", "Place", "tensor_answer"]

REMAINING = "Choose shap_exact, shap_permutation, shap_partition or occlusion: they need none."
"""Said where there is no gradient."""

Place = Sequence[NDArray[np.float32]]
"""Rows at the cut: one array for each tensor there."""


@dataclass(frozen=True)
class Cut:
    """A trained model from where it can be differentiated on.

    Attributes:
        model: Of a run.
        calibration: Of its scores.

    Raises:
        UserError: When used: the network has no gradient at one of its inputs.
    """

    model: TrainedModel
    calibration: Calibration

    def read(self, rows: Rows) -> Place:
        """Decoded rows at the cut."""
        prepared = self.model.prepare_rows(rows)
        return [entry.read(prepared) for entry in self._entries]

    def answers(self, question: Question, places: Place) -> NDArray[np.float64]:
        """Rows at the cut -> answers (n,)."""
        scores = self.head([tf.constant(part) for part in places], training=False)
        return np.asarray(self.answer(question, scores), dtype=np.float64)

    def gradients(self, question: Question, places: Place) -> Place:
        """Gradients of the answers of n rows, each like its tensor."""
        tensors = [tf.constant(part) for part in places]
        if isinstance(question, ClassQuestion):
            found = self._class_slopes(tensors, tf.constant(question.class_index))
        else:
            found = self._forecast_slopes(question)(tensors)
        return [np.asarray(one) for one in found]

    def last_maps(
        self, question: Question, whole: Place
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A row's last maps and the answer's gradient by them, (height, width, maps) each.

        Raises:
            UserError: The network keeps no maps of two axes.
        """
        if self._with_maps is None:
            raise UserError(
                "explain.method=grad_cam needs a convolutional network; this one keeps no maps."
                f" {REMAINING}"
            )
        tensors = [tf.constant(part) for part in whole]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            maps, scores = self._with_maps(tensors, training=False)
            total = tf.reduce_sum(self.answer(question, scores))
        return np.asarray(maps)[0], np.asarray(tape.gradient(total, maps))[0]

    @cached_property
    def _entries(self) -> Sequence[_Entry]:
        network = self.model.model
        return [entry for tensor in network.inputs for entry in _entries(network, tensor)]

    @cached_property
    def head(self) -> keras.Model:
        """From the cut to the scores."""
        return keras.Model([entry.tensor for entry in self._entries], self.model.model.output)

    @cached_property
    def _with_maps(self) -> keras.Model | None:
        """From the cut to the last maps and the scores; None without maps behind the cut."""
        at_cut = [entry.layer for entry in self._entries]
        layers = [one for one in self.model.model.layers if _gives_maps(one) and one not in at_cut]
        if not layers:
            return None
        starts = [entry.tensor for entry in self._entries]
        return keras.Model(starts, [layers[-1].output, self.model.model.output])

    @cached_property
    def _class_slopes(self) -> Any:
        """Traced once for all classes: a number in Python would be traced once each."""
        return tf.function(
            lambda tensors, index: self._slopes(tensors, ClassQuestion(index)),
            reduce_retracing=True,
            autograph=False,
        )

    @cached_property
    def _forecast_slopes(self) -> Any:
        """Traced once for each of the few questions that a run is asked."""
        return cache(
            lambda question: tf.function(
                lambda tensors: self._slopes(tensors, question),
                reduce_retracing=True,
                autograph=False,
            )
        )

    def _slopes(self, tensors: Sequence[tf.Tensor], question: Question) -> Sequence[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            scores = self.head(tensors, training=False)
            total = tf.reduce_sum(self.answer(question, scores))
        found: Sequence[tf.Tensor] = tape.gradient(total, tensors, unconnected_gradients="zero")
        return found

    def answer(self, question: Question, scores: tf.Tensor) -> tf.Tensor:
        """Scores of n rows -> what is explained of each, (n,)."""
        return tensor_answer(question, calibrated_scores(self.calibration, scores))


def tensor_answer(question: Question, scores: tf.Tensor) -> tf.Tensor:
    """The twin of `shared.explain.questions.answer`."""
    if isinstance(question, ClassQuestion):
        asked = tf.gather(scores, question.class_index, axis=1)
        is_other = tf.range(scores.shape[-1]) != question.class_index
        others = tf.boolean_mask(scores, is_other, axis=1)
        return asked - tf.reduce_logsumexp(others, axis=-1)
    asked = scores[..., 0]
    if question.quantile is not None:
        asked = tf.sort(scores[..., 1:], axis=-1)[..., question.quantile]
    steps = tf.reduce_mean(asked, axis=-1)  # (n, steps)
    return tf.reduce_mean(steps, axis=-1) if question.step is None else steps[:, question.step]


@dataclass(frozen=True)
class _Entry:
    """A tensor at which the network becomes differentiable.

    Attributes:
        name: Of the prepared tensor that it comes from.
        layer: What makes floating-point numbers of that; None if they are so already.
        tensor: Its symbol in the network.
    """

    name: str
    layer: keras.Layer | None
    tensor: Any

    def read(self, prepared: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Its value for prepared rows."""
        value = prepared[self.name]
        return np.asarray(value if self.layer is None else self.layer(value), dtype=np.float32)


def _entries(network: keras.Model, tensor: Any) -> list[_Entry]:
    """Behind the first operation on what is no floating-point number, else at the input."""
    if keras.backend.is_float_dtype(tensor.dtype):
        return [_Entry(tensor.name, None, tensor)]
    readers = [layer for layer in network.layers if _reads(layer, tensor)]
    for layer in readers:
        if isinstance(layer, keras.Model) or not keras.backend.is_float_dtype(layer.output.dtype):
            raise UserError(
                f"The network has no gradient at its input {tensor.name!r} ({tensor.dtype}), which"
                f" its part {layer.name!r} reads. {REMAINING}"
            )
    return [_Entry(tensor.name, layer, layer.output) for layer in readers]


def _gives_maps(layer: keras.Layer) -> bool:
    shape = getattr(layer.output, "shape", ())
    return len(shape) == 4 and not isinstance(layer, keras.layers.InputLayer)


def _reads(layer: keras.Layer, tensor: Any) -> bool:
    if isinstance(layer, keras.layers.InputLayer):
        return False
    given = layer.input if isinstance(layer.input, list) else [layer.input]
    return any(one is tensor for one in tf.nest.flatten(given))
