"""Gradients along lines from rows of the training split to the row itself, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.explain.game.together import Steps, without_asking
from shared.explain.methods.attribution import Attribution, AttributionTask
from shared.explain.methods.gradients import path_gradients
from shared.explain.methods.growing import grow

__all__ = ["POINTS", "Lines", "draw_lines", "expected_gradients"]

POINTS = 16
"""Of one draw: stratified over the line, each with a baseline of its own."""


@dataclass(frozen=True)
class Lines:
    """Points of some draws, one after the other.

    Attributes:
        baselines: (points,) int64: the training row from which the line of each starts.
        positions: (points,) float64 in [0, 1]: where on its line.
    """

    baselines: NDArray[np.int64]
    positions: NDArray[np.float64]


def draw_lines(generator: np.random.Generator, num_rows: int, count: int) -> Lines:
    """Draws that are independent of each other, their points spread over baselines and lines.

    Args:
        generator: Of what is drawn.
        num_rows: Of the background.
        count: How many draws.
    """
    # Fewer rows than points are gone through as often as needed, so that all weigh the same.
    rounds = -(-POINTS // num_rows)
    rows = np.tile(np.arange(num_rows), (count, rounds))
    baselines = generator.permuted(rows, axis=1)[:, :POINTS].ravel()
    strata = generator.permuted(np.tile(np.arange(POINTS), (count, 1)), axis=1).ravel()
    return Lines(baselines, (strata + generator.random(len(strata))) / POINTS)


def expected_gradients(task: AttributionTask) -> Steps[Attribution]:
    """Integrated gradients averaged over baselines (Erion et al. 2021, eq. 4).

    The background is the training split, so that the values sum, up to what drawing leaves, to
    f(x) minus the mean answer.

    Our own lines: `shap.GradientExplainer` gives no interval, draws its points without strata, and
    fails on Keras 3 models whose last operation is no layer.
    """
    source = task.source()
    background = source.background()
    num_rows = len(background[0])
    generator = np.random.default_rng([task.seed, POINTS])

    @without_asking
    def draw(count: int) -> NDArray[np.float64]:
        lines = draw_lines(generator, num_rows, count)
        baselines = [part[lines.baselines] for part in background]
        return path_gradients(source, baselines, lines.positions, a_line=POINTS)

    grown = yield from grow(
        draw,
        most=max(task.max_evaluations // POINTS, 1),
        confidence=task.confidence,
        scale=abs(task.score.all_kept()),
    )
    mean_answer = float(source.answers(background).mean())
    return Attribution(
        "expected_gradients",
        grown.values,
        grown.half_widths,
        grown.settled,
        should_sum_to=float(source.answers(source.whole)[0]) - mean_answer,
        num_gradients=grown.num_draws * POINTS,
    )
