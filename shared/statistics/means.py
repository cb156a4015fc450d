"""Statistics that are ratios of sums: means over rows, over groups of rows, over steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from shared.statistics.bootstrap import (
    Draws,
    Resampling,
    Statistic,
    drawn_units,
    entity_sums,
    in_pieces,
)
from shared.statistics.intervals import Measure

_PART_VALUES = 1_000_000
"""Values that are summed by entity at once; each is some sixty bytes of indices meanwhile."""

__all__ = ["mean_statistic", "multiplier_draws", "ratio", "risk_area_statistic"]


def mean_statistic(
    measures: Sequence[Measure],
    values: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """The mean of each column over the rows that have a value.

    Args:
        measures: One per column.
        values: (n, columns) float64; NaN counts as no value.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    size = max(1, _PART_VALUES // max(1, len(measures)))
    parts = [
        _column_sums(values[start : start + size], codes[start : start + size], num_entities)
        for start in range(0, max(1, len(values)), size)
    ]
    sums, counts = (sum(each[1:], start=each[0]) for each in zip(*parts, strict=True))
    return Statistic(tuple(measures), _quotient(sums, counts))


def _column_sums(
    values: NDArray[np.float64], codes: NDArray[np.int64], num_entities: int
) -> tuple[csr_array, csr_array]:
    """Sums and counts of the values of each column, (columns, entities)."""
    rows, columns = np.nonzero(~np.isnan(values))
    cells = (codes[rows], num_entities, columns)
    num_columns = values.shape[1]
    return (
        entity_sums(*cells, values[rows, columns], num_columns),
        entity_sums(*cells, np.ones(len(rows)), num_columns),
    )


def ratio(
    codes: NDArray[np.int64],
    num_entities: int,
    cells: NDArray[np.int64],
    values: NDArray[np.float64],
    num_cells: int,
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The weighted mean of each cell.

    Weights (entities, resamples) -> (cells, resamples), NaN where a cell is empty.

    Args:
        codes: (n,) int64 entity of each value.
        num_entities: Number of entities.
        cells: (n,) int64 cell of each value; a row may stand in several cells by being repeated.
        values: (n,) float64.
        num_cells: Number of cells.
    """
    sums = entity_sums(codes, num_entities, cells, values, num_cells)
    counts = entity_sums(codes, num_entities, cells, np.ones(len(cells)), num_cells)
    return _quotient(sums, counts)


def _quotient(
    sums: csr_array, counts: csr_array
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        total = counts @ weights
        return np.where(total > 0, (sums @ weights) / np.where(total > 0, total, 1.0), np.nan)

    return evaluate


def risk_area_statistic(
    name: str,
    confidence: NDArray[np.float64],
    errors: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """The area under the curve of errors against the share of rows answered (AURC).

    The mean, over all coverages, of the error share among the rows of highest confidence (Geifman,
    Uziel & El-Yaniv 2019, section 2).

    Args:
        name: Of the number.
        confidence: (n,) float64; rows of equal confidence are answered in their given order.
        errors: (n,) float64 in [0, 1].
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered_errors = errors[order][:, None]
    units, _ = drawn_units(codes, num_entities)
    ordered_units = units[order]

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = weights[ordered_units]  # (n, resamples)
        answered = np.cumsum(rows, axis=0)
        wrong = np.cumsum(rows * ordered_errors, axis=0)
        risks = np.divide(wrong, answered, out=np.zeros_like(wrong), where=answered > 0)
        return np.asarray(np.einsum("nr,nr->r", rows, risks)[None] / answered[-1])

    # Weights, their running sums, the errors' and the risks, of every row.
    return Statistic((Measure(name, num_entities, 0.0, 1.0),), in_pieces(evaluate, 5 * len(errors)))


def multiplier_draws(sums: csr_array, totals: NDArray[np.float64], resampling: Resampling) -> Draws:
    """Draws of ratios of sums without resampling: the Gaussian multiplier bootstrap.

    The value is the sum of `sums` over entities divided by the sum of `totals`. Where numbers share
    one denominator, a resample is nearly a normal draw with their covariance by entity, and the
    quantiles of any norm of the draws are too (Chernozhukov, Chetverikov & Kato 2013, section 3).
    That costs one covariance instead of thousands of products. There is no jackknife.

    Args:
        sums: (parts, entities) float64.
        totals: (entities,) float64: the common denominator.
        resampling: How many draws, and their seed.
    """
    size = float(totals.sum())
    point = np.asarray(sums.sum(axis=1)).reshape(-1) / size
    if len(totals) < 2:
        return Draws(point, np.empty((len(point), 0)), np.empty((len(point), 0)))
    # Influences are (sums - point ⊗ totals) / size, (parts, entities); they are never written out,
    # because sums are sparse.
    crossed = np.outer(sums @ totals, point)
    squares = (sums @ sums.T).toarray()
    of_totals = float(totals @ totals) * np.outer(point, point)
    covariance = (squares - crossed - crossed.T + of_totals) / size**2
    values, vectors = np.linalg.eigh(covariance)
    generator = np.random.default_rng(list(resampling.seed))
    normal = generator.normal(size=(len(point), resampling.resamples))
    # A square root of the covariance times standard normal draws has that covariance.
    deviations = vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * normal)
    return Draws(point, point[:, None] + deviations, np.empty((len(point), 0)))
