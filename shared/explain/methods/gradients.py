"""Where a network can be differentiated, and which segment owns what there.

Segments own cells of a tensor by what their removal changes there, so that no domain has to say it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.errors import UserError
from shared.explain.questions import ClassQuestion, Question
from shared.loading.batches.preparation import as_tensors
from shared.model.calibration import calibrated_scores
from shared.model.trained_model import TrainedModel
from shared.targets.calibration import Calibration

__all__ = ["GradientSource", "Place", "gradient_source", "path_gradients", "tensor_answer"]

_CHUNK_MASKS = 32
_OWNED = 0.5
"""Mean share of a cell's change that its strongest segment must cause. In an image it is 1, in a
spectrogram a little less; in logits of a floor, which all segments move, it is a few percent."""
_REMAINING = "Choose shap_exact, shap_permutation, shap_partition or occlusion: they need none."

Place = Sequence[NDArray[np.float32]]
"""A row at the place of differentiation: one array of a single row for each tensor there."""


@dataclass(frozen=True)
class GradientSource:
    """One row's answer as a differentiable function.

    Attributes:
        whole: The row.
        emptied: The row with every segment removed.
        owners: For each tensor (segments, *cells) float32: the share of each cell that belongs to
            each segment; sums to 1, or 0 where no segment changes the cell.
        background: Reads rows of the training split, at the same place.
        question: What is asked of the scores.
        calibration: Of the scores.
        head: Tensors at the place -> scores.
        with_maps: The same with the network's last maps before the scores; None if it keeps none.
        image_px: Height and width of the canvas; None if it is no image.
    """

    whole: Place
    emptied: Place
    owners: Sequence[NDArray[np.float32]]
    background: Callable[[], Place]
    question: Question
    calibration: Calibration
    head: keras.Model
    with_maps: keras.Model | None
    image_px: tuple[int, int] | None

    def answers(self, places: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """Rows at the place -> answers (n,)."""
        scores = self.head([tf.constant(part) for part in places], training=False)
        return np.asarray(self._answer(scores), dtype=np.float64)

    def gradients(self, places: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
        """Gradients of the answers of n rows, each like its tensor."""
        tensors = [tf.constant(part) for part in places]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            total = tf.reduce_sum(self._answer(self.head(tensors, training=False)))
        found = tape.gradient(total, tensors, unconnected_gradients="zero")
        return [np.asarray(one) for one in found]

    def last_maps(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The row's last maps and the answer's gradient by them, (height, width, maps) each.

        Raises:
            UserError: The network keeps no maps of two axes.
        """
        if self.with_maps is None:
            raise UserError(
                "explain.method=grad_cam needs a convolutional network; this one keeps no maps."
                f" {_REMAINING}"
            )
        tensors = [tf.constant(part) for part in self.whole]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            maps, scores = self.with_maps(tensors, training=False)
            total = tf.reduce_sum(self._answer(scores))
        return np.asarray(maps)[0], np.asarray(tape.gradient(total, maps))[0]

    def _answer(self, scores: tf.Tensor) -> tf.Tensor:
        return tensor_answer(self.question, calibrated_scores(self.calibration, scores))

    def by_segment(self, cells: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Attributions of cells, each like one row's tensor without its axis -> (segments,)."""
        parts = [
            owner.reshape(len(owner), -1).astype(np.float64) @ values.ravel()
            for owner, values in zip(self.owners, cells, strict=True)
        ]
        return np.asarray(np.sum(parts, axis=0))


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

    def read(self, prepared: Mapping[str, tf.Tensor]) -> NDArray[np.float32]:
        """Its value for prepared rows."""
        value = prepared[self.name]
        return np.asarray(value if self.layer is None else self.layer(value), dtype=np.float32)


@dataclass(frozen=True)
class _Cut:
    """Where a model is cut to be differentiated."""

    model: TrainedModel
    entries: Sequence[_Entry]

    def read(self, rows: Rows) -> Place:
        """Decoded rows at the cut."""
        prepared = self.model.preprocess(as_tensors(rows), training=False)
        return [entry.read(prepared) for entry in self.entries]

    def head(self) -> keras.Model:
        """From the cut to the scores."""
        return keras.Model([entry.tensor for entry in self.entries], self.model.model.output)

    def with_maps(self) -> keras.Model | None:
        """From the cut to the last maps and the scores; None without maps behind the cut."""
        at_cut = [entry.layer for entry in self.entries]
        layers = [one for one in self.model.model.layers if _gives_maps(one) and one not in at_cut]
        if not layers:
            return None
        starts = [entry.tensor for entry in self.entries]
        return keras.Model(starts, [layers[-1].output, self.model.model.output])

    def owners(
        self, segments: Segments, visible: NDArray[np.bool_], whole: Place
    ) -> list[NDArray[np.float32]]:
        """As `GradientSource.owners`, from what the removal of each visible segment changes."""
        without = ~np.eye(len(visible), dtype=np.bool_)[visible]
        chunks = [
            self.read(segments.mask(without[start : start + _CHUNK_MASKS]))
            for start in range(0, len(without), _CHUNK_MASKS)
        ]
        changed = [np.concatenate(parts) for parts in zip(*chunks, strict=True)]
        return [_owners(values, own) for values, own in zip(changed, whole, strict=True)]


def gradient_source(
    model: TrainedModel,
    calibration: Calibration,
    question: Question,
    row: Rows,
    segments: Segments,
    *,
    visible: NDArray[np.bool_],
    background: Callable[[], Rows],
) -> GradientSource:
    """The place of differentiation of one row.

    Args:
        model: Of the run.
        calibration: Of its scores.
        question: What is explained.
        row: One decoded row.
        segments: Of the row.
        visible: Which of them take part.
        background: Decoded rows of the training split.

    Raises:
        UserError: The network has no gradient that could be shared among the segments.
    """
    network = model.model
    entries = [entry for tensor in network.inputs for entry in _entries(network, tensor)]
    cut = _Cut(model, entries)
    whole = cut.read(row)
    nothing = np.zeros((1, len(segments.names)), dtype=np.bool_)
    emptied = cut.read(segments.mask(nothing))
    owners = cut.owners(segments, visible, whole)
    canvas = segments.canvas
    height, width = canvas.shape[:2] if canvas.ndim == 3 else (0, 0)
    return GradientSource(
        whole,
        emptied,
        owners,
        background=lambda: cut.read(background()),
        question=question,
        calibration=calibration,
        head=cut.head(),
        with_maps=cut.with_maps(),
        image_px=(height, width) if height else None,
    )


def path_gradients(
    source: GradientSource,
    baselines: Sequence[NDArray[np.float32]],
    positions: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(x − x₀) · ∂f/∂x at one point of each line from a baseline x₀ to the row x, by segment.

    Args:
        source: Of the row.
        baselines: Tensors of n baselines.
        positions: (n,) in [0, 1]: where on each line, 0 at its baseline.

    Returns:
        (n, segments) float64.
    """
    ways = [whole - start for whole, start in zip(source.whole, baselines, strict=True)]
    points = [
        start + positions.reshape(-1, *[1] * (way.ndim - 1)).astype(np.float32) * way
        for start, way in zip(baselines, ways, strict=True)
    ]
    slopes = source.gradients(points)
    cells = [slope.astype(np.float64) * way for slope, way in zip(slopes, ways, strict=True)]
    return np.stack([source.by_segment([part[n] for part in cells]) for n in range(len(positions))])


def tensor_answer(question: Question, scores: tf.Tensor) -> tf.Tensor:
    """The twin of `shared.explain.questions.answer`."""
    if isinstance(question, ClassQuestion):
        asked = scores[:, question.class_index]
        is_other = tf.range(scores.shape[-1]) != question.class_index
        others = tf.boolean_mask(scores, is_other, axis=1)
        return asked - tf.reduce_logsumexp(others, axis=-1)
    asked = scores[..., 0]
    if question.quantile is not None:
        asked = tf.sort(scores[..., 1:], axis=-1)[..., question.quantile]
    steps = tf.reduce_mean(asked, axis=-1)  # (n, steps)
    return tf.reduce_mean(steps, axis=-1) if question.step is None else steps[:, question.step]


def _owners(without: NDArray[np.float32], whole: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shares of each cell's change that the removal of each segment causes, (segments, *cells)."""
    changes = np.abs(without - whole)
    total = changes.sum(axis=0)
    is_changed = total > 0.0
    owners = np.divide(changes, total, out=np.zeros_like(changes), where=is_changed)
    if is_changed.any() and float(owners.max(axis=0)[is_changed].mean()) < _OWNED:
        raise UserError(
            "The deployed model reads numbers that every segment moves at once, such as the logits"
            f" of its floor: no gradient there belongs to a segment. {_REMAINING}"
        )
    return np.asarray(owners, dtype=np.float32)


def _entries(network: keras.Model, tensor: Any) -> list[_Entry]:
    """Behind the first operation on what is no floating-point number, else at the input."""
    if keras.backend.is_float_dtype(tensor.dtype):
        return [_Entry(tensor.name, None, tensor)]
    readers = [layer for layer in network.layers if _reads(layer, tensor)]
    for layer in readers:
        if isinstance(layer, keras.Model) or not keras.backend.is_float_dtype(layer.output.dtype):
            raise UserError(
                f"The network has no gradient at its input {tensor.name!r} ({tensor.dtype}), which"
                f" its part {layer.name!r} reads. {_REMAINING}"
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
