"""Is the largest minus the smallest group error larger than chance would make it? A permutation test that respects entities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = ["PermutationTest", "spread_test"]

_CHUNK_CELLS = 2_000_000
_ROUNDING = 1e-9
"""Relative; permuted spreads equal to the observed one must count as such however their sums were rounded."""


@dataclass(frozen=True)
class PermutationTest:
    """Outcome of a test.

    Attributes:
        spread: Largest minus smallest mean error over the groups.
        p_value: Share of arrangements, the observed one included, that give at least this spread.
        permutations: Random arrangements drawn.
        smallest_p_value: One over the number of possible arrangements: no data of this shape can give less.
    """

    spread: float
    p_value: float
    permutations: int
    smallest_p_value: float


@dataclass(frozen=True)
class _Cells:
    """Rows of one entity in one group, taken together: they resemble each other, and move together.

    Attributes:
        sums: (cells,) float64 summed errors.
        counts: (cells,) float64 rows.
        labels: (cells,) int64 group of each cell.
        strata: (cells,) int64: labels are exchanged within a stratum only. An entity that is in several groups is a stratum of its
            own, which holds the entity's difficulty fixed; the entities that are in one group form one stratum together.
    """

    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    labels: NDArray[np.int64]
    strata: NDArray[np.int64]


def spread_test(
    errors: NDArray[np.float64], labels: NDArray[np.int64], codes: NDArray[np.int64], *, permutations: int, seed: tuple[int, ...]
) -> PermutationTest:
    """Test whether group means of row errors differ by more than chance.

    Args:
        errors: (n,) float64.
        labels: (n,) int64 group of each row, in [0, groups), each occurring.
        codes: (n,) int64 entity of each row.
        permutations: Random arrangements to draw.
        seed: Seed sequence.

    Returns:
        The p-value counts the observed arrangement (Phipson & Smyth 2010, eq. 2), so it is never 0 and the test never too eager.
    """
    cells = _cells(errors, labels, codes)
    num_groups = int(labels.max()) + 1
    observed = float(_spreads(cells, cells.labels[None], num_groups)[0])
    generator = np.random.default_rng(list(seed))
    order = np.argsort(cells.strata, kind="stable")
    size = max(1, _CHUNK_CELLS // len(order))
    threshold = observed - _ROUNDING * abs(observed)
    as_large = 0
    for start in range(0, permutations, size):
        keys = generator.random((min(size, permutations - start), len(order))) + cells.strata
        shuffled = np.empty(keys.shape, dtype=np.int64)
        # Sorting by stratum plus a random fraction shuffles within strata; the k-th label of the sorted order moves there.
        np.put_along_axis(shuffled, np.argsort(keys, axis=1), cells.labels[order][None], axis=1)
        as_large += int((_spreads(cells, shuffled, num_groups) >= threshold).sum())
    return PermutationTest(observed, (1 + as_large) / (1 + permutations), permutations, _smallest_p_value(cells))


def _cells(errors: NDArray[np.float64], labels: NDArray[np.int64], codes: NDArray[np.int64]) -> _Cells:
    pairs, cell_of_row = np.unique(np.stack([codes, labels], axis=1), axis=0, return_inverse=True)
    cell_of_row = cell_of_row.reshape(-1)
    entities, num_cells = pairs[:, 0], np.bincount(pairs[:, 0])
    return _Cells(
        sums=np.asarray(np.bincount(cell_of_row, weights=errors), dtype=np.float64),
        counts=np.bincount(cell_of_row).astype(np.float64),
        labels=pairs[:, 1],
        strata=np.where(num_cells[entities] > 1, entities + 1, 0),
    )


def _spreads(cells: _Cells, labels: NDArray[np.int64], num_groups: int) -> NDArray[np.float64]:
    """Labels (arrangements, cells) -> largest minus smallest group mean of each arrangement."""
    flat = (labels + num_groups * np.arange(len(labels))[:, None]).reshape(-1)
    length = num_groups * len(labels)
    sums = np.bincount(flat, weights=np.tile(cells.sums, len(labels)), minlength=length)
    counts = np.bincount(flat, weights=np.tile(cells.counts, len(labels)), minlength=length)
    means = (sums / counts).reshape(len(labels), num_groups)
    return np.asarray(means.max(axis=1) - means.min(axis=1))


def _smallest_p_value(cells: _Cells) -> float:
    # The number of ways to deal a stratum's labels is k! / (k_1! k_2! …).
    pairs, repeats = np.unique(np.stack([cells.strata, cells.labels], axis=1), axis=0, return_counts=True)
    sizes = np.bincount(np.unique(pairs[:, 0], return_inverse=True)[1].reshape(-1), weights=repeats)
    return math.exp(-float(gammaln(sizes + 1.0).sum() - gammaln(repeats + 1.0).sum()))
