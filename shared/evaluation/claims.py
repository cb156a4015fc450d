"""When a claim about a number is shown, not shown, or contradicted: one rule for the whole page.

Green is earned. An interval that includes what was promised does not show that the promise is kept:
a wider one, of fewer rows, would include it sooner. So a claim is

- shown, if the whole interval lies where it holds, give or take ε;
- contradicted, if it is not shown, and the whole interval lies beyond what was claimed;
- not shown, otherwise, and wherever there is no interval.

The first is a test of equivalence, or of non-inferiority, with the margin ε (Schuirmann 1987): of
how much less would not matter. Of a claim about several parts (classes, groups, kinds of input) the
worst decides. All parts must be shown, so no level is adjusted for that (Berger 1982). But of many
parts one looks contradicted by chance: its interval is widened to Bonferroni's level first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri

from shared.statistics.intervals import Interval

__all__ = ["Claim", "Part", "Promise", "decided_by", "worst_claim"]

Claim = Literal["shown", "not shown", "contradicted"]

_RANK: dict[Claim, int] = {"shown": 0, "not shown": 1, "contradicted": 2}


@dataclass(frozen=True)
class Promise:
    """Where a number is claimed to lie.

    Attributes:
        low: Smallest value that keeps the promise.
        high: Largest value that keeps it.
        epsilon: By how much it may be missed without mattering, in the unit of the number, >= 0.
    """

    low: float = -math.inf
    high: float = math.inf
    epsilon: float = 0.0

    def judge(
        self, interval: Interval | None, *, num_parts: int = 1, confidence: float = 0.95
    ) -> Claim:
        """What an interval says of the claim.

        Args:
            interval: Of the number; None if there is none.
            num_parts: Numbers of which the worst is looked for, this one among them.
            confidence: Level of the interval, in (0, 1).
        """
        if interval is None:
            return "not shown"
        if interval.low >= self.low - self.epsilon and interval.high <= self.high + self.epsilon:
            return "shown"
        wide = _widened(interval, num_parts, confidence)
        return "contradicted" if wide.high < self.low or wide.low > self.high else "not shown"


@dataclass(frozen=True)
class Part:
    """One of the numbers that a claim is about.

    Attributes:
        name: Of the class, group or kind of input.
        value: Its number.
        interval: None if there is none.
        claim: What it says of the claim.
    """

    name: str
    value: float
    interval: Interval | None
    claim: Claim


def worst_claim(claims: Iterable[Claim]) -> Claim:
    """What all parts together say: no more than the worst; "not shown" if there are none."""
    return max(claims, key=_RANK.__getitem__, default="not shown")


def decided_by(parts: Sequence[Part], promise: Promise) -> Part:
    """The part that decides: of those that say the worst, the one that misses by most.

    Of contradicted parts the one that surely does: few rows of which more are wrong come after.
    """

    def badness(part: Part) -> tuple[int, float]:
        low = part.value
        high = part.value
        if part.interval is not None and part.claim == "contradicted":
            low = part.interval.low
            high = part.interval.high
        return _RANK[part.claim], max(promise.low - high, low - promise.high)

    return max(parts, key=badness)


def _widened(interval: Interval, num_parts: int, confidence: float) -> Interval:
    """To level 1 - α / parts, as if normal about its middle."""
    if num_parts <= 1:
        return interval
    outside = (1.0 - confidence) / 2.0
    stretch = float(ndtri(outside / num_parts) / ndtri(outside))
    middle = (interval.low + interval.high) / 2.0
    half = stretch * (interval.high - interval.low) / 2.0
    return Interval(middle - half, middle + half)
