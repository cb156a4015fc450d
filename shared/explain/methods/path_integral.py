"""The integral of gradients along lines, by the points that the served graph takes, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.explain.methods.cut import tensor_answer
from shared.explain.questions import Question
from shared.model.calibration import calibrated_scores
from shared.targets.calibration import Calibration

__all__ = ["integrate_path"]

_NUM_POINTS = 8


def integrate_path(
    scores: Callable[[Sequence[Any]], Any],
    calibration: Calibration,
    question: Question,
    whole: Sequence[NDArray[Any]],
    starts: Sequence[NDArray[Any]],
) -> tuple[list[NDArray[np.float64]], float]:
    """(x − x₀) · ∫ ∂f/∂x along lines from each baseline x₀ to the row x, by Gauss and Legendre.

    Args:
        scores: Tensors of n rows -> their scores.
        calibration: Of the scores.
        question: What is asked of them.
        whole: For each tensor the row, (1, *cells).
        starts: For each tensor the baselines, (baselines, *cells).

    Returns:
        For each tensor the mean over baselines (*cells), and the mean of their answers.
    """
    cells = [np.zeros(part.shape[1:]) for part in whole]
    num_baselines = len(starts[0])

    def answer(values: Sequence[Any]) -> Any:
        return tensor_answer(question, calibrated_scores(calibration, scores(values)))

    for baseline in range(num_baselines):
        line = _follow(answer, [part[0] for part in whole], [part[baseline] for part in starts])
        for sums, integral in zip(cells, line, strict=True):
            sums += integral / num_baselines
    empty = answer([tf.constant(part) for part in starts])
    return cells, float(np.mean(empty))


def _follow(
    answer: Callable[[Sequence[Any]], Any],
    whole: Sequence[NDArray[Any]],
    start: Sequence[NDArray[Any]],
) -> list[NDArray[np.float64]]:
    """One line, (*cells) each."""
    points, weights = np.polynomial.legendre.leggauss(_NUM_POINTS)
    # What was not observed stays so.
    ways = [np.nan_to_num(own - first) for own, first in zip(whole, start, strict=True)]
    on_line = [
        tf.constant(np.stack([first + place * way for place in (points + 1.0) / 2.0]), way.dtype)
        for first, way in zip(start, ways, strict=True)
    ]
    with tf.GradientTape() as tape:
        tape.watch(on_line)
        total = tf.reduce_sum(answer(on_line))
    slopes = tape.gradient(total, on_line, unconnected_gradients="zero")
    means = [np.tensordot(weights / 2.0, np.asarray(one, np.float64), axes=1) for one in slopes]
    return [mean * way for mean, way in zip(means, ways, strict=True)]
