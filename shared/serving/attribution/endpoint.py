"""Attributions inside the served graph: which segments of an input speak for its answer.

Integrated gradients from a baseline to the row (Sundararajan et al. 2017, eq. 1), averaged where
there are several baselines (Erion et al. 2021, eq. 4). Row by row, so that memory does not grow
with the batch and no row's bits depend on its neighbours; the loops are traced once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import ServedSegments
from shared.errors import ContractError
from shared.model.differentiable import DifferentiableModel
from shared.targets import Categories, Target

__all__ = [
    "ATTRIBUTIONS",
    "BASELINE",
    "EXPLAIN",
    "EXPLAINED",
    "GAP",
    "ServedAttributions",
    "answers_of",
    "path_points",
]

EXPLAIN = "explain"
"""The endpoint of attributions."""
ATTRIBUTIONS = "attributions"
EXPLAINED = "explained_value"
BASELINE = "baseline_value"
GAP = "completeness_gap"

_NUM_POINTS = 8
_LINES_AT_ONCE = 8
"""Of a forecast: its steps share the baseline, each has a line of its own."""

_Tensors = Mapping[str, Any]


def path_points() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places in (0, 1) on a line from a baseline to a row, and their weights, which sum to 1.

    Eight of Gauss and Legendre, exact for polynomials of degree 15.
    """
    points, weights = np.polynomial.legendre.leggauss(_NUM_POINTS)
    return (points + 1.0) / 2.0, weights / 2.0


def answers_of(target: Target, calibrated: Any, class_index: Any | None) -> Any:
    """What is explained, (batch, answers): the twin of `shared.explain.questions.answer`.

    Of categories one: log p − log(1 − p) of the class. Of a forecast the expected value of each
    step and channel, in the target's unit.

    Args:
        target: What the scores are of.
        calibrated: (batch, *target.shape).
        class_index: (batch,) whose log-odds; None for forecasts.
    """
    if not isinstance(target, Categories):
        steps, channels = target.shape[:2]
        return tf.reshape(calibrated[..., 0], (-1, steps * channels))
    is_asked = tf.one_hot(class_index, len(target.names), on_value=True, off_value=False)
    nothing = tf.constant(-np.inf, calibrated.dtype)
    asked = tf.reduce_max(tf.where(is_asked, calibrated, nothing), axis=-1)
    others = tf.reduce_logsumexp(tf.where(is_asked, nothing, calibrated), axis=-1)
    return (asked - others)[:, None]


@dataclass(frozen=True, eq=False)
class ServedAttributions:
    """The graph of the endpoint `explain`, behind decoding and preprocessing.

    Attributes:
        model: Where it is differentiated.
        segments: What the attributions are of.
        target: What the answers mean.
        calibrate: Scores -> calibrated scores.
        baselines: For each place (baselines, *cells); None where `segments.emptied` gives one.
    """

    model: DifferentiableModel
    segments: ServedSegments
    target: Target
    calibrate: Callable[[Any], Any]
    baselines: Sequence[NDArray[Any]] | None

    @property
    def num_baselines(self) -> int:
        """From which lines lead to a row."""
        return 1 if self.baselines is None else len(self.baselines[0])

    @property
    def num_answers(self) -> int:
        """Of a row: one of categories, else one for each step and channel."""
        return 1 if isinstance(self.target, Categories) else int(np.prod(self.target.shape[:2]))

    def __call__(
        self, rows: _Tensors, tensors: _Tensors, calibrated: Any, class_index: Any | None
    ) -> dict[str, Any]:
        """What is told of all rows, by name.

        Args:
            rows: Decoded, (batch, …) each.
            tensors: As `preprocess` gives them.
            calibrated: Scores (batch, *target.shape), as they are served.
            class_index: (batch,) int32, as it is served; None for forecasts.
        """

        def explain(number: Any) -> tuple[Any, Any]:
            row, prepared = (_one(given, number) for given in (rows, tensors))
            asked = None if class_index is None else class_index[number : number + 1]
            return self._explain(row, prepared, asked)

        dtype = calibrated.dtype
        numbers = tf.range(tf.shape(calibrated)[0])
        attributions, empty = tf.map_fn(
            _plain(explain),
            numbers,
            fn_output_signature=(
                tf.TensorSpec((self.num_answers, self.segments.count), dtype),
                tf.TensorSpec((self.num_answers,), dtype),
            ),
            parallel_iterations=1,
        )
        explained = answers_of(self.target, calibrated, class_index)
        gap = tf.reduce_sum(attributions, axis=-1) - (explained - empty)
        told = {ATTRIBUTIONS: attributions, EXPLAINED: explained, BASELINE: empty, GAP: gap}
        shaped = {name: self._as_target(values) for name, values in told.items()}
        describe = self.segments.describe
        return {**shaped, **({} if describe is None else describe(rows, tensors))}

    def _as_target(self, values: Any) -> Any:
        """(batch, answers, …) -> (batch, …), or (batch, steps, channels, …) of forecasts."""
        answers = () if isinstance(self.target, Categories) else self.target.shape[:2]
        return tf.reshape(values, (-1, *answers, *values.shape[2:]))

    def _explain(self, row: _Tensors, tensors: _Tensors, asked: Any | None) -> tuple[Any, Any]:
        """Of one row: attributions (answers, segments) and the answers at the baseline."""
        starts = self._starts(row, tensors)
        whole = self.model.read(row, tensors)
        ways = [_finite(own - start) for own, start in zip(whole, starts, strict=True)]
        row_lines = _Lines(self, row, tensors, asked, starts, ways)
        num_lines = self.num_baselines * self.num_answers
        at_once = min(_LINES_AT_ONCE, self.num_answers)
        num_calls = -(-num_lines // at_once)

        def follow(call: Any) -> tuple[list[Any], Any]:
            # The last call repeats the last line where they do not divide.
            return row_lines(tf.minimum(call * at_once + tf.range(at_once), num_lines - 1))

        found, empty = tf.map_fn(
            _plain(follow),
            tf.range(num_calls),
            fn_output_signature=(
                [tf.TensorSpec((at_once, *way.shape[1:]), way.dtype) for way in ways],
                tf.TensorSpec((at_once,), self.target.score_dtype),
            ),
            parallel_iterations=1,
        )
        cells = [self._mean_of_baselines(values, num_lines) for values in found]
        shared = self.segments.share(self._by_name(cells), row, tensors)
        attributions = tf.cast(shared, self.target.score_dtype)
        return attributions, self._mean_of_baselines(empty, num_lines)

    def _starts(self, row: _Tensors, tensors: _Tensors) -> list[Any]:
        if self.baselines is not None:
            return [tf.constant(values) for values in self.baselines]
        if self.segments.emptied is None:
            raise ContractError("Attributions need baselines, or segments that can be emptied.")
        return self.model.read(*self.segments.emptied(row, tensors))

    def _mean_of_baselines(self, values: Any, num_lines: int) -> Any:
        """(calls, lines, …) -> (answers, …)."""
        lines = tf.reshape(values, (-1, *values.shape[2:]))[:num_lines]
        return tf.reduce_mean(tf.reshape(lines, (-1, self.num_answers, *values.shape[2:])), axis=0)

    def _by_name(self, cells: Sequence[Any]) -> dict[str, Any]:
        """Summed over the members of an average, each of which has places of its own."""
        found: dict[str, Any] = {}
        for name, values in zip(self.model.places, cells, strict=True):
            found[name] = found[name] + values if name in found else values
        return found


@dataclass(frozen=True, eq=False)
class _Lines:
    """Lines from the baselines of one row to the row; line n is of baseline n // answers.

    Attributes:
        served: The model and its questions.
        row: The row, and its tensors, with a batch axis of 1.
        tensors: As prepared.
        asked: (1,) the class; None for forecasts.
        starts: For each place (baselines, *cells).
        ways: From there to the row.
    """

    served: ServedAttributions
    row: _Tensors
    tensors: _Tensors
    asked: Any | None
    starts: Sequence[Any]
    ways: Sequence[Any]

    def __call__(self, lines: Any) -> tuple[list[Any], Any]:
        """Integrals of (way · gradient) over some lines (lines, *cells), and where they begin."""
        points, weights = path_points()
        places = np.concatenate([[0.0], points])
        baselines = lines // self.served.num_answers
        starts, ways = (
            [tf.gather(values, baselines) for values in each] for each in (self.starts, self.ways)
        )
        on_lines = [
            _flat(start[:, None] + _along(places, way, 1) * way[:, None])
            for start, way in zip(starts, ways, strict=True)
        ]
        with tf.GradientTape() as tape:
            tape.watch(on_lines)
            answers = self._answers(on_lines, tf.repeat(lines, len(places)))
            total = tf.reduce_sum(answers)
        slopes = tape.gradient(total, on_lines, unconnected_gradients="zero")
        cells = [
            way * tf.reduce_sum(_along(weights, way, 1) * _apart(slope, len(places))[:, 1:], axis=1)
            for slope, way in zip(slopes, ways, strict=True)
        ]
        return cells, _apart(answers, len(places))[:, 0]

    def _answers(self, values: Sequence[Any], lines: Any) -> Any:
        """The answer that each line asks for at each point, (points,)."""
        served = self.served
        count = tf.shape(lines)[0]
        row, tensors = (_repeated(given, count) for given in (self.row, self.tensors))
        calibrated = served.calibrate(served.model.scores(values, row, tensors))
        asked = None if self.asked is None else tf.repeat(self.asked, count)
        answers = answers_of(served.target, calibrated, asked)
        return tf.gather(answers, lines % served.num_answers, axis=1, batch_dims=1)


def _plain(function: Callable[..., Any]) -> Any:
    # It has no Python branches on tensors: reading its source for some would double the export.
    return tf.autograph.experimental.do_not_convert(function)


def _one(given: _Tensors, number: Any) -> dict[str, Any]:
    return {name: values[number : number + 1] for name, values in given.items()}


def _repeated(given: _Tensors, count: Any) -> dict[str, Any]:
    return {name: tf.repeat(values, count, axis=0) for name, values in given.items()}


def _finite(way: Any) -> Any:
    # What was not observed stays so on the whole line.
    return tf.where(tf.math.is_nan(way), tf.zeros_like(way), way)


def _along(numbers: NDArray[np.float64], like: Any, before: int) -> Any:
    """(points,) with as many axes as `like` gets by an axis of points."""
    shape = (1,) * before + (-1,) + (1,) * (like.shape.rank - before)
    return tf.reshape(tf.constant(numbers, like.dtype), shape)


def _flat(values: Any) -> Any:
    return tf.reshape(values, (-1, *values.shape[2:]))


def _apart(values: Any, num_points: int) -> Any:
    return tf.reshape(values, (-1, num_points, *values.shape[1:]))
