"""How much a gap's data can say.

Is it shown to be small, how large a gap would have been found, and how many rows it would take.

"No gap found" is no evidence of none. Two one-sided tests (Schuirmann 1987) ask the opposite
question: can a gap as large as the margin be refused? They are inverted from an interval for the
gap:

- shares: the square-and-add interval of two Wilson intervals (Newcombe 1998, method 10), each with
  the design effect of its entities. A group without any error is then as unsure as its size makes
  it; a bootstrap would take it for certain.
- other errors: gap ± t bootstrap standard errors.

Both sides count as independent. Where groups cut through entities, they are alike, and the test
errs towards "not shown".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import t

from shared.statistics.intervals import NO_SPREAD, wilson_bounds
from shared.statistics.shares import effective_rows

__all__ = ["POWER", "GapPower", "GapSides", "weigh_gap"]

POWER = 0.8
"""Chance of finding what is there, for which detectable gaps and needed sizes are given (Cohen
1988, section 2.4)."""

_LARGEST_CRITICAL = 30.0
"""Standard errors beyond which p-values are all 0 in practice."""


@dataclass(frozen=True)
class GapSides:
    """A group and the pooled rest.

    Attributes:
        values: Mean error of the group and of the rest.
        rows: Rows of both.
        entities: Entities of both.
        draws: (2, resamples) float64: the means in each resample, NaN where undefined.
        is_share: Whether row errors are 0 or 1.
    """

    values: tuple[float, float]
    rows: tuple[int, int]
    entities: tuple[int, int]
    draws: NDArray[np.float64]
    is_share: bool


@dataclass(frozen=True)
class GapPower:
    """What the data can say about one gap, in the unit of the error.

    Attributes:
        standard_error: Of the gap, by entity; NaN if it can't be estimated.
        equivalence_p_value: Of the null hypothesis that the gap is at least as large as the margin,
            either way.
        smallest_detectable: The true gap that a two-sided test would find with power `POWER`.
        rows_needed: Rows of both sides together, in their present shares, with which a gap as large
            as the margin would be found, and no gap would be shown to be within it, each with power
            `POWER`; None if it can't be said.
    """

    standard_error: float
    equivalence_p_value: float
    smallest_detectable: float
    rows_needed: int | None


def weigh_gap(sides: GapSides, margin: float, alpha: float) -> GapPower:
    """Test equivalence, and say what would have been found.

    Args:
        sides: What is compared.
        margin: Gaps smaller than this do not matter; in the unit of the error, > 0.
        alpha: Level of each test of the family, in (0, 0.5).
    """
    num_entities = min(sides.entities)
    error = _standard_error(sides)
    if num_entities < 2 or not error > 0.0:  # also if it is NaN
        return GapPower(math.nan, 1.0, math.nan, None)
    freedom = num_entities - 1
    found = (float(t.ppf(1 - alpha / 2, freedom)) + float(t.ppf(POWER, freedom))) * error
    # Without a gap both one-sided tests must succeed, so each may fail half as often.
    refused = (float(t.ppf(1 - alpha, freedom)) + float(t.ppf((1 + POWER) / 2, freedom))) * error
    rows = math.ceil(sum(sides.rows) * (max(found, refused) / margin) ** 2)
    # As in the intervals: resampling k entities understates the spread by sqrt((k - 1) / k); the
    # standard error makes up for it.
    return GapPower(
        error, float(t.sf(_critical(sides, error, margin), freedom)), found, _rounded_up(rows)
    )


def _critical(sides: GapSides, error: float, margin: float) -> float:
    """The number of standard errors with which the interval just fits between -margin and margin.

    0 if it never does.
    """
    gap = sides.values[0] - sides.values[1]
    if abs(gap) >= margin:
        return -_LARGEST_CRITICAL
    if not sides.is_share:
        return min(_LARGEST_CRITICAL, (margin - abs(gap)) / error)

    def excess(critical: float) -> float:
        low, high = _newcombe(sides, critical)
        return max(high, -low) - margin

    return (
        _LARGEST_CRITICAL
        if excess(_LARGEST_CRITICAL) < 0
        else float(brentq(excess, 0.0, _LARGEST_CRITICAL, xtol=1e-9))
    )


def _newcombe(sides: GapSides, critical: float) -> tuple[float, float]:
    # Newcombe 1998, method 10: distances to the ends of both Wilson intervals, squared and added.
    group, rest = sides.values
    of_group = wilson_bounds(group, _effective_rows(sides, 0), critical)
    of_rest = wilson_bounds(rest, _effective_rows(sides, 1), critical)
    below = math.hypot(group - of_group.low, of_rest.high - rest)
    above = math.hypot(of_group.high - group, rest - of_rest.low)
    return group - rest - below, group - rest + above


def _effective_rows(sides: GapSides, side: int) -> float:
    return effective_rows(
        sides.values[side],
        _variance(sides.draws[side], sides.entities[side]),
        num_rows=sides.rows[side],
        num_entities=sides.entities[side],
    )


def _standard_error(sides: GapSides) -> float:
    variance = _variance(sides.draws[0] - sides.draws[1], min(sides.entities))
    if not sides.is_share:
        return math.sqrt(variance)
    # A side without spread adds what its size leaves open: half the width of Wilson's interval at
    # one standard error.
    for side in (0, 1):
        if _variance(sides.draws[side], sides.entities[side]) <= NO_SPREAD:
            bounds = wilson_bounds(sides.values[side], _effective_rows(sides, side), 1.0)
            variance += ((bounds.high - bounds.low) / 2) ** 2
    return math.sqrt(variance)


def _variance(draws: NDArray[np.float64], num_entities: int) -> float:
    defined = draws[np.isfinite(draws)]
    if len(defined) < 2 or num_entities < 2:
        return math.nan
    return float(defined.var(ddof=1)) * num_entities / (num_entities - 1)


def _rounded_up(number: int) -> int:
    """To two digits: more would pretend to know."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return math.ceil(number / unit) * unit
