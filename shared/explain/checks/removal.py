"""How fast the answer changes when segments go, or come back, in the order of an explanation.

The same is asked of random orders, and of orders that never ask the model. Plain NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Curves",
    "Importance",
    "Removal",
    "RemovalOrders",
    "additivity_error",
    "area",
    "closeness",
    "removal",
    "removal_orders",
]

_NEGLIGIBLE = 1e-6
"""Beside the scores, which have seven digits (float32): a sum of attributions, or a change of the
score, of this share of them is what rounding leaves of 0. Nothing is measured in units of it."""
_MAX_STEPS = 12
_NUM_RANDOM_ORDERS = 6

Score = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


@dataclass(frozen=True)
class Curves:
    """An answer step by step, each (steps + 1,) float64.

    Attributes:
        informed: In the order of the explanation, the most important segments first.
        random: Mean over random orders: what an explanation that knows nothing reaches.
        naive: In orders that never ask the model, by name.
    """

    informed: NDArray[np.float64]
    random: NDArray[np.float64]
    naive: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Importance:
    """What goes first and what comes back first, (segments,) float64 each; the largest is first.

    Attributes:
        removed: What moves the answer away fastest.
        restored: What brings it back fastest.
    """

    removed: NDArray[np.float64]
    restored: NDArray[np.float64]

    @classmethod
    def for_class(cls, values: NDArray[np.float64]) -> Importance:
        """What speaks for a class goes first, and comes back first."""
        return cls(values, values)

    @classmethod
    def for_forecast(cls, values: NDArray[np.float64]) -> Importance:
        """A forecast can be moved both ways.

        It moves away fastest if all that pushes it one way goes first, in the direction in which
        more is pushed. It comes back fastest by what is largest, whichever way that pushes.
        """
        raised = float(np.maximum(values, 0.0).sum())
        lowered = float(np.maximum(-values, 0.0).sum())
        return cls(values if raised >= lowered else -values, np.abs(values))


@dataclass(frozen=True)
class Removal:
    """How fast the answer falls when segments are removed, and rises when they are put back.

    Attributes:
        share: (steps + 1,) float64, of the segments removed or put back, from 0 to 1.
        deletion: The answer while removing; a lower area is better.
        insertion: The answer while putting back; a higher area is better.
    """

    share: NDArray[np.float64]
    deletion: Curves
    insertion: Curves


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


@dataclass(frozen=True)
class RemovalOrders:
    """Orders in which segments go, step by step.

    Attributes:
        num_removed: (steps + 1,) int64: segments removed after each step.
        keep: (orders, steps + 1, segments) bool. First the explanation's order and each naive one,
            most important first; then the same, least important first; then random ones.
        naive: Names of the naive orders.
    """

    num_removed: NDArray[np.int64]
    keep: NDArray[np.bool_]
    naive: tuple[str, ...]

    @property
    def masks(self) -> NDArray[np.bool_]:
        """(orders · (steps + 1), segments)."""
        orders, steps, num_segments = self.keep.shape
        return self.keep.reshape(orders * steps, num_segments)


def removal_orders(
    importance: Importance, naive: Mapping[str, NDArray[np.float64]], *, seed: int
) -> RemovalOrders:
    """What is removed when.

    Args:
        importance: To be tested.
        naive: Name -> (segments,) float64, what to compare with; the largest goes first.
        seed: Draws the random orders; each is used forwards and backwards, which halves their
            noise.
    """
    others = list(naive.values())
    orders = _orders([importance.removed, *others], [importance.restored, *others], seed)
    num_segments = len(importance.removed)
    steps = np.linspace(0, num_segments, min(num_segments, _MAX_STEPS) + 1)
    num_removed = np.unique(steps.round().astype(np.int64))
    ranks = np.argsort(orders, axis=1)  # (orders, segments): when each segment is removed
    return RemovalOrders(num_removed, ranks[:, None, :] >= num_removed[None, :, None], tuple(naive))


def removal(
    score: Score,
    orders: RemovalOrders,
    as_answers: Callable[[NDArray[np.float64]], NDArray[np.float64] | None],
) -> Removal | None:
    """Remove segments, and put them back, most important first; compare with other orders.

    Deletion: Samek et al. 2017, section III-B; insertion: Petsiuk et al. 2018, section 3.3.

    Args:
        score: keep (m, segments) bool -> scores (m,) float64.
        orders: What is removed when.
        as_answers: Scores (orders, steps + 1) -> answers on one scale, such as probabilities; None
            where they are not to be told apart.

    Returns:
        None where no removal changes the answer.
    """
    answers = as_answers(score(orders.masks).reshape(len(orders.keep), -1))
    if answers is None:
        return None
    naive = orders.naive
    num_named = 1 + len(naive)
    by_chance = answers[2 * num_named :].mean(axis=0)
    share = orders.num_removed / max(orders.keep.shape[2], 1)
    deletion = _curves(answers[:num_named], by_chance, naive)
    # Steps are even but for rounding, which is the same from either end.
    backwards = answers[num_named : 2 * num_named, ::-1]
    return Removal(share, deletion, _curves(backwards, by_chance[::-1], naive))


def closeness(scores: NDArray[np.float64], whole: float) -> NDArray[np.float64] | None:
    """How near forecasts stay to the whole row's: 1 where equal, 0 at the widest distance met.

    Not signed: what raises and what lowers a forecast both count as they move it. None where
    nothing moves it.
    """
    distances = np.abs(scores - whole)
    widest = float(distances.max())
    if widest <= _NEGLIGIBLE * float(np.abs(scores).max()):
        return None
    return np.asarray(1.0 - distances / widest)


def area(curve: NDArray[np.float64]) -> float:
    """Under a curve over evenly spaced shares from 0 to 1."""
    if len(curve) < 2:
        return float(curve[0])
    return float(np.trapezoid(curve, dx=1.0 / (len(curve) - 1)))


def _orders(
    removed: Sequence[NDArray[np.float64]], restored: Sequence[NDArray[np.float64]], seed: int
) -> NDArray[np.int64]:
    """Orders of removal: best first, best last, and random ones both ways.

    Putting back the best first is removing the best last, read from its end.
    """
    num_segments = len(removed[0])
    generator = np.random.default_rng([seed, num_segments])
    forward = [generator.permutation(num_segments) for _ in range(_NUM_RANDOM_ORDERS // 2)]
    best_first = [np.argsort(-one, kind="stable") for one in removed]
    best_last = [np.argsort(-one, kind="stable")[::-1] for one in restored]
    return np.stack([*best_first, *best_last, *forward, *(order[::-1] for order in forward)])


def _curves(
    named: NDArray[np.float64],
    by_chance: NDArray[np.float64],
    naive: Sequence[str],
) -> Curves:
    return Curves(named[0], by_chance, dict(zip(naive, named[1:], strict=True)))
