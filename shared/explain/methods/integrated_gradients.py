"""Gradients along the straight line from the row with everything removed to the row itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.explain.game.together import without_asking
from shared.explain.methods.attribution import Attribution, AttributionTask, is_settled
from shared.explain.methods.gradients import GradientSource, path_gradients

__all__ = ["integrated_gradients"]

_FIRST_STEPS = 8


@without_asking
def integrated_gradients(task: AttributionTask) -> Attribution:
    """Σ over cells of (x − x₀) · ∫ ∂f/∂x along the line (Sundararajan et al. 2017, eq. 1).

    Steps double until the segments are settled; the half width is what the last doubling changed.
    Unlike Shapley values, they need not sum to f(x) − f(x₀): how far they are off is told.

    Our own lines: captum and alibi read no Keras 3, and SHAP draws its baselines at random.
    """
    source = task.source()
    steps = _FIRST_STEPS
    spent = steps
    values = _integrate(source, steps)
    half_widths = np.full(len(values), np.nan)
    settled = False
    while not settled and spent + 2 * steps <= task.max_evaluations:
        steps *= 2
        spent += steps
        finer = _integrate(source, steps)
        half_widths = np.abs(finer - values)
        values = finer
        settled = is_settled(values, half_widths, scale=abs(task.score.all_kept()))
    whole, emptied = (source.answers(place)[0] for place in (source.whole, source.emptied))
    return Attribution(
        "integrated_gradients",
        values,
        half_widths,
        settled,
        should_sum_to=float(whole - emptied),
        num_gradients=spent,
    )


def _integrate(source: GradientSource, steps: int) -> NDArray[np.float64]:
    """The midpoint rule, (segments,)."""
    positions = (np.arange(steps) + 0.5) / steps
    baselines = [np.repeat(part, steps, axis=0) for part in source.emptied]
    means = path_gradients(source, baselines, positions, a_line=_FIRST_STEPS)
    return np.asarray(means.mean(axis=0))
