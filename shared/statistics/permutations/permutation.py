"""Do groups differ by more than chance would make them? A permutation test that respects entities.

What may be exchanged is in `arrangements.py`.

What is compared is the studentised range: the largest difference of two groups in its standard
errors, which follow from the sizes of the cells that an arrangement gives them. The plain range
would find gaps that are not there in up to two of five cases where the cells of one group hold more
rows than those of another: size moves along with the label, and makes rare groups look surer than
they are. Studentised, the test is exact where nothing but the label differs, and valid for large
numbers of cells where sizes differ too (Janssen 1997; Chung & Romano 2013; for fairness DiCiccio et
al. 2020). The effect that is reported stays the plain largest minus smallest.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.sparse import csr_array

from shared.statistics.permutations.arrangements import (
    Arrangement,
    PermutationTest,
    arrange,
    compare_arrangements,
)
from shared.statistics.permutations.coarse_arrangement import coarsened

__all__ = [
    "PermutationPlan",
    "RowTable",
    "spread_of",
    "spread_test",
    "spreads_test",
    "studentised_range",
    "too_few_arrangements",
]

_NO_DIFFERENCE = 1e-12
"""Differences below it come from rounding."""


@dataclass(frozen=True)
class PermutationPlan:
    """How tests are made.

    Attributes:
        permutations: Random arrangements to draw at most.
        alpha: Level of the family, in (0, 1); a test that can't reach it is not made, and one that
            can't reach it any more is ended.
        seed: Seed sequence.
    """

    permutations: int
    alpha: float
    seed: tuple[int, ...]


def too_few_arrangements(test: PermutationTest, alpha: float) -> str:
    """Why a test says nothing: no outcome could have reached the level; empty if one could."""
    if test.smallest_p_value <= alpha:
        return ""
    return (
        "So few arrangements of entities are possible that no result could be surer than p ="
        f" {test.smallest_p_value:.2g}."
    )


@dataclass(frozen=True)
class RowTable:
    """Numbers that are means over rows.

    Attributes:
        values: (n, numbers) float64.
        counts: (n, numbers) bool: the rows over which each mean is taken.
        judged: (numbers, groups) bool: the groups that have a say in a number's spread.
    """

    values: NDArray[np.float64]
    counts: NDArray[np.bool_]
    judged: NDArray[np.bool_]


def spread_test(
    errors: NDArray[np.float64],
    labels: NDArray[np.int64],
    codes: NDArray[np.int64],
    *,
    permutations: int,
    seed: tuple[int, ...],
    level: float | None = None,
) -> PermutationTest:
    """Test whether group means of row errors differ by more than chance.

    Args:
        errors: (n,) float64.
        labels: (n,) int64 group of each row, in [0, groups), each occurring.
        codes: (n,) int64 entity of each row.
        permutations: Random arrangements to draw.
        seed: Seed sequence.
        level: As for `compare_arrangements`.
    """
    table = RowTable(
        errors[:, None],
        np.ones((len(errors), 1), dtype=np.bool_),
        np.ones((1, int(labels.max()) + 1), dtype=np.bool_),
    )
    arrangement = arrange(labels, codes)
    return spreads_test(table, arrangement, permutations=permutations, seed=seed, level=level)


def spreads_test(
    table: RowTable,
    arrangement: Arrangement,
    *,
    permutations: int,
    seed: tuple[int, ...],
    level: float | None = None,
) -> PermutationTest:
    """Test whether any of several numbers differs between groups by more than chance.

    The largest of their spreads is compared. Where there are very many cells, larger ones move
    (`coarse_arrangement.py`).

    Args:
        table: Row values; at least one number is judged in two groups.
        arrangement: Of the same rows.
        permutations: Random arrangements to draw.
        seed: Seed sequence.
        level: As for `compare_arrangements`.
    """
    arrangement = coarsened(arrangement, seed)
    sums, counts = _cell_sums(table, arrangement)
    aligned = _aligned(sums, counts, arrangement.strata)
    variances = _sum_variances(aligned, counts, arrangement.strata)
    moments = np.hstack([sums, counts, variances])
    num_groups = table.judged.shape[1]

    def statistic(labels: NDArray[np.int64]) -> NDArray[np.float64]:
        means, variances = _means(_by_group(labels, moments, num_groups), table.judged)
        return np.asarray(studentised_range(means, variances).max(axis=1))

    means, _ = _means(_by_group(arrangement.labels[None], moments, num_groups), table.judged)
    return compare_arrangements(
        statistic, spread_of(means), arrangement, permutations=permutations, seed=seed, level=level
    )


def _cell_sums(
    table: RowTable, arrangement: Arrangement
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and counts of each cell, (cells, numbers) each."""
    num_cells = len(arrangement.labels)
    counted = np.where(table.counts, table.values, 0.0)
    sums = _by_cell(arrangement.cell_of_row, counted, num_cells)
    counts = _by_cell(arrangement.cell_of_row, table.counts.astype(np.float64), num_cells)
    return sums, counts


def spread_of(means: NDArray[np.float64]) -> float:
    """The largest minus the smallest of the groups' values, and of several numbers the largest.

    Args:
        means: (1, groups, numbers) float64; NaN where there is none.
    """
    usable = np.isfinite(means)
    highest = np.where(usable, means, -np.inf).max(axis=1)
    lowest = np.where(usable, means, np.inf).min(axis=1)
    spread = highest - lowest
    return float(np.where(usable.any(axis=1), spread, 0.0).max())


def studentised_range(
    means: NDArray[np.float64], variances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The largest difference of two groups in its standard errors.

    Two times (arrangements, groups, numbers) -> (arrangements, numbers).

    No difference is 0 and a difference without any variance infinite; NaN values take no part.
    """
    largest = np.zeros((means.shape[0], means.shape[2]))
    for first, second in combinations(range(means.shape[1]), 2):
        difference = np.nan_to_num(np.abs(means[:, first] - means[:, second]))
        error = np.sqrt(np.nan_to_num(variances[:, first] + variances[:, second]))
        without_error = np.where(difference > _NO_DIFFERENCE, np.inf, 0.0)
        in_errors = difference / np.where(error > 0, error, 1.0)
        range_of_pair = np.where(error > _NO_DIFFERENCE, in_errors, without_error)
        largest = np.maximum(largest, range_of_pair)
    return largest


def _by_cell(
    cell_of_row: NDArray[np.int64], values: NDArray[np.float64], num_cells: int
) -> NDArray[np.float64]:
    return np.stack(
        [np.bincount(cell_of_row, weights=column, minlength=num_cells) for column in values.T],
        axis=1,
    )


def _by_group(
    labels: NDArray[np.int64], of_cells: NDArray[np.float64], num_groups: int
) -> NDArray[np.float64]:
    """Sums of each group, (arrangements, groups, numbers).

    From labels (arrangements, cells) and numbers of cells (cells, numbers). A sparse product
    touches each label once, and runs on one thread, so that the same seed gives the same bytes
    everywhere.
    """
    number, num_cells = labels.shape
    columns = (labels + num_groups * np.arange(number)[:, None]).T.reshape(-1)
    starts = np.arange(num_cells + 1) * number
    membership = csr_array(
        (np.ones(len(columns)), columns, starts), shape=(num_cells, number * num_groups)
    )
    return np.asarray(membership.T @ of_cells).reshape(number, num_groups, -1)


def _aligned(
    sums: NDArray[np.float64], counts: NDArray[np.float64], strata: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cell sums minus what their stratum's mean would give.

    Exchanges within strata can't tell of differences between them.
    """
    total, count = (
        np.stack([np.bincount(strata, weights=column) for column in part.T], axis=1)
        for part in (sums, counts)
    )
    mean = total / np.where(count > 0, count, 1.0)
    return np.asarray(sums - counts * mean[strata])


def _sum_variances(
    aligned: NDArray[np.float64], counts: NDArray[np.float64], strata: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The expected variance of each cell's sum, (cells, numbers), from its size n: τ² n² + σ² n.

    τ² (between cells of a stratum) and σ² (between rows of a cell) are fitted to all cells' squared
    means by non-negative least squares weighted by size. Taken from all groups together, they know
    more than each group's own few cells, and a group with few errors by chance is not taken for a
    sure one.
    """
    variances = np.zeros_like(counts)
    for number, (sums, sizes) in enumerate(zip(aligned.T, counts.T, strict=True)):
        peers = np.bincount(strata, weights=sizes > 0)[strata]
        told = (sizes > 0) & (peers > 1)
        if told.any():
            n = sizes[told]
            weights = np.sqrt(n)
            # A stratum's mean was taken off, which k peers make up for by k / (k - 1).
            squares = (sums[told] / n) ** 2 * peers[told] / (peers[told] - 1.0)
            # (S / n)² has the expectation τ² + σ² / n.
            predictors = np.stack([weights, weights / n], axis=1)
            between, within = nnls(predictors, weights * squares)[0]
            variances[:, number] = between * sizes**2 + within * sizes
    return variances


def _means(
    moments: NDArray[np.float64], judged: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The groups' means and the variances of these, from sums of cells' sums, sizes and variances.

    The latter stand side by side, (arrangements, groups, 3 numbers). Both results are
    (arrangements, groups, numbers), NaN where not judged.
    """
    total, count, variance = np.split(moments, 3, axis=2)
    usable = (count > 0) & judged.T
    safe = np.where(usable, count, 1.0)
    return np.where(usable, total / safe, np.nan), np.where(usable, variance / safe**2, np.nan)
