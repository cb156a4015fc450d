"""Permutation tests: what may be exchanged, and how often random exchanges are as extreme.

What is exchanged is the group of an entity, with all of its rows: they resemble each other, and
move together. An entity that is in several groups is compared within itself, which holds its
difficulty fixed. A test may also be conditional: what a criterion takes as given (the true class
for equalised odds, the decision for predictive parity) stays with the group, so that only the
dependence that the criterion forbids is broken (conditional independence: Barocas, Hardt &
Narayanan 2023, chapter 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = [
    "Arrangement",
    "ArrangementStatistic",
    "PermutationTest",
    "arrange",
    "arrangements",
    "compare_arrangements",
]

ArrangementStatistic = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Labels (arrangements, cells) -> (arrangements,)."""

_CHUNK_CELLS = 2_000_000
_CHUNK_ARRANGEMENTS = 100
"""Drawn at once at most: most tests of nothing are decided after a few hundred."""

_ROUNDING = 1e-9
"""Relative; permuted statistics equal to the observed one must count as such however their sums
were rounded."""


@dataclass(frozen=True)
class Arrangement:
    """What can be exchanged: cells of rows that keep together.

    Attributes:
        cell_of_row: (n,) int64.
        labels: (cells,) int64 group of each cell.
        strata: (cells,) int64: labels are exchanged within a stratum only.
    """

    cell_of_row: NDArray[np.int64]
    labels: NDArray[np.int64]
    strata: NDArray[np.int64]


@dataclass(frozen=True)
class PermutationTest:
    """Outcome of a test.

    Attributes:
        spread: Largest minus smallest value over the groups; of several numbers, the largest such
            difference.
        p_value: Share of arrangements, the observed one included, whose studentised range is at
            least the observed one.
        permutations: Random arrangements drawn, until the outcome was decided.
        smallest_p_value: One over the number of possible arrangements: no data of this shape can
            give less.
    """

    spread: float
    p_value: float
    permutations: int
    smallest_p_value: float


def compare_arrangements(
    statistic: ArrangementStatistic,
    spread: float,
    arrangement: Arrangement,
    *,
    permutations: int,
    seed: tuple[int, ...],
    level: float | None = None,
    row_cells: int = 1,
) -> PermutationTest:
    """The share of arrangements whose statistic is at least the observed one.

    Args:
        statistic: Labels (arrangements, cells) -> (arrangements,).
        spread: The effect that is reported.
        arrangement: What can be exchanged.
        permutations: Random arrangements to draw.
        seed: Seed sequence.
        level: At which the test will be judged: drawing ends as soon as no further arrangement
            could bring the p-value down to it. None to draw all.
        row_cells: Numbers that `statistic` holds in memory for one cell of one arrangement.

    Returns:
        The p-value counts the observed arrangement (Phipson & Smyth 2010, eq. 2), so it is never 0.
        Where drawing ended at the l-th, h-th as large arrangement, it is h / l (Besag & Clifford
        1991, section 2): valid, above `level` as that of all arrangements is, and with a relative
        standard error of at most 1 / √h.
    """
    observed = float(statistic(arrangement.labels[None])[0])
    threshold = observed if math.isinf(observed) else observed - _ROUNDING * observed
    enough = _enough(permutations, level)
    affordable = _CHUNK_CELLS // (len(arrangement.labels) * row_cells)
    size = min(_CHUNK_ARRANGEMENTS, max(1, affordable))
    smallest = _smallest_p_value(arrangement)
    as_large = 0
    num_drawn = 0
    for labels in arrangements(arrangement, permutations=permutations, size=size, seed=seed):
        hits = as_large + np.cumsum(statistic(labels) >= threshold)
        if hits[-1] >= enough:
            num_drawn += int(np.argmax(hits >= enough)) + 1
            return PermutationTest(spread, enough / num_drawn, num_drawn, smallest)
        as_large = int(hits[-1])
        num_drawn += len(labels)
    return PermutationTest(spread, (1 + as_large) / (1 + num_drawn), num_drawn, smallest)


def _enough(permutations: int, level: float | None) -> int:
    """As large arrangements after which the p-value of all can't be at most `level`."""
    if level is None:
        return permutations + 1
    # Rounded, because 0.07 * 100 is 7.000000000000001.
    return max(1, math.ceil(round(level * (1 + permutations), 9)))


def arrange(
    labels: NDArray[np.int64], codes: NDArray[np.int64], given: NDArray[np.int64] | None = None
) -> Arrangement:
    """What can be exchanged.

    - an entity in one group, whose rows share what is given: a cell, exchanged with those of which
      the same is given;
    - an entity in one group with rows of several kinds: a cell, exchanged with others like it, as a
      whole;
    - an entity in several groups: a cell for each group and each kind, exchanged within the entity
      and the kind.

    Args:
        labels: (n,) int64 group of each row.
        codes: (n,) int64 entity of each row.
        given: (n,) int64: what must stay as it is; None if nothing must.
    """
    given = np.zeros(len(labels), dtype=np.int64) if given is None else given
    is_cut, is_mixed = (_varies(codes, column)[codes] for column in (labels, given))
    kind = np.where(is_cut | ~is_mixed, given, -1)
    cells, cell_of_row = _distinct(codes, labels, kind)
    of_entity, label, kind = cells
    owner = np.where(_varies(codes, labels)[of_entity], of_entity, -1)
    return Arrangement(cell_of_row, label, _distinct(owner, kind)[1])


def arrangements(
    arrangement: Arrangement, *, permutations: int, size: int, seed: tuple[int, ...]
) -> Iterator[NDArray[np.int64]]:
    """Random exchanges of labels within strata, `size` at a time: (arrangements, cells) int64."""
    generator = np.random.default_rng(list(seed))
    order = np.argsort(arrangement.strata, kind="stable")
    for start in range(0, permutations, size):
        keys = generator.random((min(size, permutations - start), len(order))) + arrangement.strata
        shuffled = np.empty(keys.shape, dtype=np.int64)
        # Sorting by stratum plus a random fraction shuffles within strata; the k-th label of the
        # sorted order moves there.
        np.put_along_axis(
            shuffled, np.argsort(keys, axis=1), arrangement.labels[order][None], axis=1
        )
        yield shuffled


def _varies(codes: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(entities,) bool: whether an entity's rows differ in the column."""
    (of_entity, _), _ = _distinct(codes, column)
    return np.bincount(of_entity) > 1


def _distinct(*columns: NDArray[np.int64]) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """The distinct rows of columns (n,) int64 in sorted order, by column, and which each row is.

    One number stands for a row: NumPy sorts numbers ten times as fast as rows.
    """
    lows = [int(column.min(initial=0)) for column in columns]
    widths = [
        int(column.max(initial=0)) - low + 1 for column, low in zip(columns, lows, strict=True)
    ]
    keys = np.zeros(len(columns[0]), dtype=np.int64)
    for column, low, width in zip(columns, lows, widths, strict=True):
        keys = keys * width + (column - low)
    found, inverse = np.unique(keys, return_inverse=True)
    parts = []
    for low, width in zip(reversed(lows), reversed(widths), strict=True):
        parts.append(found % width + low)
        found = found // width
    return parts[::-1], inverse.reshape(-1).astype(np.int64)


def _smallest_p_value(arrangement: Arrangement) -> float:
    # The number of ways to deal a stratum's labels is k! / (k_1! k_2! …).
    (strata, _), pair = _distinct(arrangement.strata, arrangement.labels)
    repeats = np.bincount(pair)
    sizes = np.bincount(strata, weights=repeats)
    return math.exp(-float(gammaln(sizes + 1.0).sum() - gammaln(repeats + 1.0).sum()))
