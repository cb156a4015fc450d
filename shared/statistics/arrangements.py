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
        permutations: Random arrangements drawn.
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
    row_cells: int = 1,
) -> PermutationTest:
    """The share of arrangements whose statistic is at least the observed one.

    Args:
        statistic: Labels (arrangements, cells) -> (arrangements,).
        spread: The effect that is reported.
        arrangement: What can be exchanged.
        permutations: Random arrangements to draw.
        seed: Seed sequence.
        row_cells: Numbers that `statistic` holds in memory for one cell of one arrangement.

    Returns:
        The p-value counts the observed arrangement (Phipson & Smyth 2010, eq. 2), so it is never 0.
    """
    observed = float(statistic(arrangement.labels[None])[0])
    threshold = observed if math.isinf(observed) else observed - _ROUNDING * observed
    size = max(1, _CHUNK_CELLS // (len(arrangement.labels) * row_cells))
    drawn = arrangements(arrangement, permutations=permutations, size=size, seed=seed)
    as_large = sum(int((statistic(labels) >= threshold).sum()) for labels in drawn)
    return PermutationTest(
        spread, (1 + as_large) / (1 + permutations), permutations, _smallest_p_value(arrangement)
    )


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
    cells, cell_of_row = np.unique(
        np.stack([codes, labels, kind], axis=1), axis=0, return_inverse=True
    )
    owner = np.where(_varies(codes, labels)[cells[:, 0]], cells[:, 0], -1)
    strata = np.unique(np.stack([owner, cells[:, 2]], axis=1), axis=0, return_inverse=True)[
        1
    ].reshape(-1)
    return Arrangement(cell_of_row.reshape(-1), cells[:, 1], strata.astype(np.int64))


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
    pairs = np.unique(np.stack([codes, column], axis=1), axis=0)
    return np.bincount(pairs[:, 0]) > 1


def _smallest_p_value(arrangement: Arrangement) -> float:
    # The number of ways to deal a stratum's labels is k! / (k_1! k_2! …).
    pairs, repeats = np.unique(
        np.stack([arrangement.strata, arrangement.labels], axis=1), axis=0, return_counts=True
    )
    sizes = np.bincount(np.unique(pairs[:, 0], return_inverse=True)[1].reshape(-1), weights=repeats)
    return math.exp(-float(gammaln(sizes + 1.0).sum() - gammaln(repeats + 1.0).sum()))
