"""Whether attribution lies where the known cause lies. Plain NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Localisation", "dealt_out", "localisation"]


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


def dealt_out(importance: NDArray[np.float64], naive: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same amounts in the order of `naive`: its largest segment gets the largest.

    So an order that has no amounts of its own is compared at those of the explanation.
    """
    dealt = np.empty_like(importance)
    dealt[np.argsort(-naive, kind="stable")] = np.sort(importance)[::-1]
    return dealt


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
