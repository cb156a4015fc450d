"""Whether an explanation tells the truth about the model: additivity, deletion and localisation.

Plain NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Deletion", "Localisation", "additivity_error", "deletion", "localisation"]

_NEGLIGIBLE = 1e-6
"""Beside the scores, which have seven digits (float32): a sum of attributions, or a change of the
score, of this share of them is what rounding leaves of 0. Nothing is measured in units of it."""
_MAX_STEPS = 12
_NUM_RANDOM_ORDERS = 6

Score = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


@dataclass(frozen=True)
class Deletion:
    """How fast the score falls when segments are removed.

    Attributes:
        removed_share: (steps + 1,) float64, from 0 to 1.
        curve: (steps + 1,) float64: the score above f(none), in units of the total attribution
            Σ|value|, removing the segments that raise the score most first. NaN if that total is 0,
            likewise all below.
        random_curve: The same, mean over random orders.
        auc: Area under `curve`; lower is better.
        random_auc: Area under `random_curve`: what an explanation that knows nothing reaches.
    """

    removed_share: NDArray[np.float64]
    curve: NDArray[np.float64]
    random_curve: NDArray[np.float64]
    auc: float
    random_auc: float


@dataclass(frozen=True)
class Localisation:
    """Whether attribution lies where the known cause lies.

    Attributes:
        mass: Share of the attribution inside the known cause, in [0, 1].
        expected_mass: The share that attribution spread evenly over the segments would have: the
            known cause's share of their area.
        pointing_hit: Whether the most important segment is on the known cause: covers at least half
            as much of its own area with it as the best possible segment does (after Zhang et al.
            2018, pointing game).
        expected_hit: Share of segments that would be a hit: the chance of a blind guess.
    """

    mass: float
    expected_mass: float
    pointing_hit: bool
    expected_hit: float


def additivity_error(
    values: NDArray[np.float64], *, all_kept: float, none_kept: float
) -> float | None:
    """|Σ values − (f(all) − f(none))| / |f(all) − f(none)|; None where nothing is to be explained.

    Relative on purpose: an absolute tolerance passes explanations that are wrong by a third where
    scores are small.
    """
    difference = all_kept - none_kept
    if abs(difference) <= _NEGLIGIBLE * max(abs(all_kept), abs(none_kept)):
        return None
    return float(abs(values.sum() - difference) / abs(difference))


def deletion(score: Score, values: NDArray[np.float64], *, seed: int) -> Deletion:
    """Remove segments step by step, most important first, and compare with random orders.

    Samek et al. 2017, section III-B.

    Args:
        score: keep (m, segments) bool -> scores (m,) float64.
        values: (segments,) float64, to be tested.
        seed: Draws the random orders; each is used forwards and backwards, which halves their
            noise.
    """
    num_segments = len(values)
    generator = np.random.default_rng([seed, num_segments])
    forward = [generator.permutation(num_segments) for _ in range(_NUM_RANDOM_ORDERS // 2)]
    orders = np.stack(
        [np.argsort(-values, kind="stable"), *forward, *(order[::-1] for order in forward)]
    )
    num_removed = np.unique(
        np.linspace(0, num_segments, min(num_segments, _MAX_STEPS) + 1).round().astype(np.int64)
    )
    ranks = np.argsort(orders, axis=1)  # (orders, segments): when each segment is removed
    keep = ranks[:, None, :] >= num_removed[None, :, None]  # (orders, steps + 1, segments)
    scores = score(keep.reshape(len(orders) * len(num_removed), num_segments)).reshape(
        len(orders), -1
    )
    total = float(np.abs(values).sum())
    is_nothing = total <= _NEGLIGIBLE * float(np.abs(scores).max(initial=0.0))
    heights = (scores - scores[0, -1]) / (np.nan if is_nothing else total)
    removed_share = num_removed / max(num_segments, 1)
    random_curve = heights[1:].mean(axis=0)
    return Deletion(
        removed_share,
        heights[0],
        random_curve,
        auc=_area(heights[0], removed_share),
        random_auc=_area(random_curve, removed_share),
    )


def _area(curve: NDArray[np.float64], removed_share: NDArray[np.float64]) -> float:
    """Under a curve; NaN if the curve is, also if it is a single point."""
    return float(np.trapezoid(curve, removed_share)) + 0.0 * float(curve[-1])


def localisation(
    importance: NDArray[np.float64], spans: NDArray[np.float64], ground_truth: NDArray[np.float32]
) -> Localisation | None:
    """Compare attribution with the known cause.

    Args:
        importance: (segments,) float64, not negative: the attribution's part that should lie on the
            known cause.
        spans: (segments, axes, 2) float64, in cells of the canvas.
        ground_truth: Canvas-shaped, in [0, 1].

    Returns:
        None where the comparison has no answer: no known cause inside the segments, no attribution,
        or a cause everywhere.
    """
    areas = np.prod(spans[..., 1] - spans[..., 0], axis=-1)
    shares = np.array([_mean_inside(ground_truth, span) for span in spans])
    total = float(importance.sum())
    if total <= 0.0 or areas.sum() <= 0.0:
        return None
    expected = float(np.average(shares, weights=areas))
    if not 0.0 < expected < 1.0:
        return None
    hits = shares >= 0.5 * shares.max()
    return Localisation(
        mass=float((importance * shares).sum() / total),
        expected_mass=expected,
        pointing_hit=bool(hits[int(np.argmax(importance))]),
        expected_hit=float(hits.mean()),
    )


def _mean_inside(ground_truth: NDArray[np.float32], span: NDArray[np.float64]) -> float:
    """Mean ground truth over a segment's cells.

    A segment thinner than a cell takes the cell that it lies in.
    """
    slices = tuple(
        slice(int(np.floor(start)), max(int(np.ceil(stop)), int(np.floor(start)) + 1))
        for start, stop in span
    )
    inside = ground_truth[slices]
    return float(inside.mean()) if inside.size else 0.0
