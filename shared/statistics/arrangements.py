"""What a permutation test may exchange, and random exchanges of it.

What is exchanged is the group of an entity, with all of its rows: they resemble each other, and
move together. An entity that is in several groups is compared within itself, which holds its
difficulty fixed. A test may also be conditional: what a criterion takes as given (the true class
for equalised odds, the decision for predictive parity) stays with the group, so that only the
dependence that the criterion forbids is broken (conditional independence: Barocas, Hardt &
Narayanan 2023, chapter 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = ["Arrangement", "arrange", "arrangements", "smallest_p_value"]


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


def smallest_p_value(arrangement: Arrangement) -> float:
    """One over the number of arrangements: no test of them can give less."""
    # The number of ways to deal a stratum's labels is k! / (k_1! k_2! …).
    pairs, repeats = np.unique(
        np.stack([arrangement.strata, arrangement.labels], axis=1), axis=0, return_counts=True
    )
    sizes = np.bincount(np.unique(pairs[:, 0], return_inverse=True)[1].reshape(-1), weights=repeats)
    return math.exp(-float(gammaln(sizes + 1.0).sum() - gammaln(repeats + 1.0).sum()))
