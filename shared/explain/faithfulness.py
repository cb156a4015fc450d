"""Whether an explanation tells the truth about the model: additivity, removal, localisation.

Plain NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Curve",
    "Localisation",
    "Removal",
    "additivity_error",
    "in_units_of_range",
    "localisation",
    "removal",
]

_NEGLIGIBLE = 1e-6
"""Beside the scores, which have seven digits (float32): a sum of attributions, or a change of the
score, of this share of them is what rounding leaves of 0. Nothing is measured in units of it."""
_MAX_STEPS = 12
_NUM_RANDOM_ORDERS = 6

Score = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


@dataclass(frozen=True)
class Curve:
    """An answer step by step, in the order of an explanation and in random order.

    Attributes:
        informed: (steps + 1,) float64, the segments that raise the answer most first.
        random: The same, mean over random orders.
    """

    informed: NDArray[np.float64]
    random: NDArray[np.float64]

    @property
    def area(self) -> float:
        """Under `informed`, over shares from 0 to 1."""
        return _area(self.informed)

    @property
    def random_area(self) -> float:
        """Under `random`: what an explanation that knows nothing reaches."""
        return _area(self.random)


@dataclass(frozen=True)
class Removal:
    """How fast the answer falls when segments are removed, and rises when they are put back.

    Attributes:
        share: (steps + 1,) float64, of the segments removed or put back, from 0 to 1.
        deletion: The answer while removing; a lower area is better.
        insertion: The answer while putting back; a higher area is better.
    """

    share: NDArray[np.float64]
    deletion: Curve
    insertion: Curve


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


def removal(score: Score, values: NDArray[np.float64], *, seed: int) -> Removal:
    """Remove segments, and put them back, most important first; compare with random orders.

    Deletion: Samek et al. 2017, section III-B; insertion: Petsiuk et al. 2018, section 3.3.

    Args:
        score: keep (m, segments) bool -> answers (m,) float64 of one scale, such as probabilities.
        values: (segments,) float64, to be tested.
        seed: Draws the random orders; each is used forwards and backwards, which halves their
            noise.
    """
    num_segments = len(values)
    generator = np.random.default_rng([seed, num_segments])
    forward = [generator.permutation(num_segments) for _ in range(_NUM_RANDOM_ORDERS // 2)]
    best_first = np.argsort(-values, kind="stable")
    random = [*forward, *(order[::-1] for order in forward)]
    # Putting back the best first is removing the best last, read from its end.
    orders = np.stack([best_first, best_first[::-1], *random])
    num_removed = np.linspace(0, num_segments, min(num_segments, _MAX_STEPS) + 1)
    num_removed = np.unique(num_removed.round().astype(np.int64))
    ranks = np.argsort(orders, axis=1)  # (orders, segments): when each segment is removed
    keep = ranks[:, None, :] >= num_removed[None, :, None]  # (orders, steps + 1, segments)
    masks = keep.reshape(len(orders) * len(num_removed), num_segments)
    answers = score(masks).reshape(len(orders), -1)
    share = num_removed / max(num_segments, 1)
    by_chance = answers[2:].mean(axis=0)
    return Removal(
        share=share,
        deletion=Curve(answers[0], by_chance),
        # Steps are even but for rounding, which is the same from either end.
        insertion=Curve(answers[1][::-1], by_chance[::-1]),
    )


def in_units_of_range(found: Removal) -> Removal | None:
    """Answers that have a unit of their own as shares of the widest distance from f(none).

    None where no removal changes the answer.
    """
    none_kept = float(found.deletion.informed[-1])
    curves = (found.deletion, found.insertion)
    answers = np.concatenate([part for one in curves for part in (one.informed, one.random)])
    widest = float(np.abs(answers - none_kept).max())
    if widest <= _NEGLIGIBLE * float(np.abs(answers).max()):
        return None
    deletion, insertion = (
        Curve((one.informed - none_kept) / widest, (one.random - none_kept) / widest)
        for one in curves
    )
    return Removal(found.share, deletion, insertion)


def _area(curve: NDArray[np.float64]) -> float:
    """Under a curve over evenly spaced shares from 0 to 1."""
    if len(curve) < 2:
        return float(curve[0])
    return float(np.trapezoid(curve, dx=1.0 / (len(curve) - 1)))


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
