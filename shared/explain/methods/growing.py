"""Drawing until values are settled: means with an interval each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import sem, t

from shared.explain.game.together import Steps
from shared.explain.methods.attribution import is_settled

__all__ = ["Grown", "grow"]

_FIRST_LOOK = 4
"""Draws after which it is first asked whether all is settled; then after twice as many each."""


@dataclass(frozen=True)
class Grown:
    """Means over draws.

    Attributes:
        values: (segments,) float64.
        half_widths: (segments,) float64 of their intervals; NaN after a single draw.
        settled: As `is_settled` says.
        num_draws: Draws that were made.
    """

    values: NDArray[np.float64]
    half_widths: NDArray[np.float64]
    settled: bool
    num_draws: int


def grow(
    draw: Callable[[int], Steps[NDArray[np.float64]]],
    *,
    most: int,
    confidence: float,
    scale: float,
) -> Steps[Grown]:
    """Draw until the values are settled or the draws are spent.

    Args:
        draw: So many estimates of all values, (count, segments) float64, independent of the others.
        most: Draws that may be made, at least 1.
        confidence: Level of each value's interval, in (0, 1).
        scale: Size of the scores, beside which rounding is judged.
    """
    looks = _looks(most)
    # Each look is a chance to stop at a lucky moment (Bonferroni's share of the error for each).
    level = 1.0 - (1.0 - confidence) / len(looks)
    draws = yield from draw(looks[0])
    for num_draws in looks:
        if num_draws > len(draws):
            more = yield from draw(num_draws - len(draws))
            draws = np.concatenate([draws, more])
        values = draws.mean(axis=0)
        half_widths = _half_widths(draws, level)
        if is_settled(values, half_widths, scale=scale):
            return Grown(values, half_widths, True, num_draws)
    return Grown(values, half_widths, False, most)


def _looks(most: int) -> list[int]:
    """Numbers of draws after which to look: 4, 8, 16 … and the most that can be had."""
    looks = [min(_FIRST_LOOK, most)]
    while looks[-1] < most:
        looks.append(min(2 * looks[-1], most))
    return looks


def _half_widths(draws: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Student's t(n − 1) s / √n over draws (n, segments); not known of a single one."""
    num_draws = len(draws)
    if num_draws < 2:
        return np.full(draws.shape[1], np.nan)
    quantile = float(t.ppf(0.5 + level / 2.0, num_draws - 1))
    return np.asarray(quantile * sem(draws, axis=0), dtype=np.float64)
