"""Tests of single columns, adjusted together, with the size of what they find.

All rows must be independent: the caller gives one row of each entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc
from scipy.stats import ks_2samp

from shared.monitoring.columns import Categorical, Column, Numeric
from shared.run.artefacts.monitoring.record import DriftTest
from shared.statistics.significance import holm

__all__ = ["LEAST_ROWS", "chi_square", "drift_tests", "merge_rare"]

LEAST_ROWS = 5
"""Of each side; with fewer a column is not tested."""
_LEAST_EXPECTED = 5
"""Rows that a cell of a chi-square test should have to expect (Cochran 1954, section 3)."""
_LARGEST_EXACT = 100
"""Rows of each side up to which the Kolmogorov-Smirnov p-value is exact."""


def drift_tests(pairs: Sequence[tuple[Column, Column]], level: float) -> tuple[DriftTest, ...]:
    """Test each column; p-values are adjusted by Holm (1979), so that the family errs at `level`.

    Args:
        pairs: A column of the test split, and the same of the new rows.
        level: Largest chance that any column drifts by chance alone.

    Returns:
        The smallest p-value first; columns that could not be tested last.
    """
    found = [_fields(reference, new) for reference, new in pairs]
    tested = [fields for fields in found if fields["p_value"] is not None]
    adjusted = holm(np.array([fields["p_value"] for fields in tested], dtype=np.float64))
    for fields, p_adjusted in zip(tested, adjusted.tolist(), strict=True):
        fields["p_adjusted"] = p_adjusted
        fields["drifted"] = p_adjusted <= level
    untold = {"p_adjusted": None, "drifted": False}
    tests = [DriftTest(**(untold | fields)) for fields in found]
    return tuple(sorted(tests, key=lambda test: (test.p_value is None, test.p_value or 0.0)))


def _fields(reference: Column, new: Column) -> dict[str, Any]:
    if isinstance(reference, Numeric) and isinstance(new, Numeric):
        measured = _kolmogorov_smirnov(reference.values, new.values)
    elif isinstance(reference, Categorical) and isinstance(new, Categorical):
        measured = _chi_square(reference.values, new.values)
    else:
        raise TypeError(f"two kinds of column: {reference.name!r}")
    return {"family": reference.family, "column": reference.name} | measured


def _kolmogorov_smirnov(reference: NDArray[np.float64], new: NDArray[np.float64]) -> dict[str, Any]:
    reference = reference[np.isfinite(reference)]
    new = new[np.isfinite(new)]
    sizes = (len(reference), len(new))
    found: dict[str, Any] = {"test": "Kolmogorov-Smirnov", "effect": None, "p_value": None}
    found |= {"reference_n": sizes[0], "n": sizes[1]}
    found["reference"] = float(reference.mean()) if sizes[0] else None
    found["new"] = float(new.mean()) if sizes[1] else None
    if min(sizes) >= LEAST_ROWS:
        method: Literal["exact", "asymp"] = "exact" if max(sizes) <= _LARGEST_EXACT else "asymp"
        result = ks_2samp(reference, new, method=method)
        found |= {"effect": float(result.statistic), "p_value": float(min(1.0, result.pvalue))}
    return found


def _chi_square(reference: NDArray[np.str_], new: NDArray[np.str_]) -> dict[str, Any]:
    names, codes = np.unique(np.concatenate([reference, new]), return_inverse=True)
    sides = np.repeat([0, 1], [len(reference), len(new)])
    counts = np.zeros((2, len(names)), dtype=np.int64)
    np.add.at(counts, (sides, codes), 1)
    sizes = counts.sum(axis=1)
    shares = counts / np.maximum(sizes, 1)[:, None]
    moved = int(np.abs(shares[1] - shares[0]).argmax())
    found: dict[str, Any] = {"test": "chi-square", "effect": None, "p_value": None}
    found |= {"reference_n": len(reference), "n": len(new), "category": str(names[moved])}
    found |= {"reference": float(shares[0, moved]), "new": float(shares[1, moved])}
    merged = merge_rare(counts[:, np.argsort(-counts.sum(axis=0), kind="stable")])
    if int(sizes.min()) >= LEAST_ROWS and merged.shape[1] > 1:
        statistic, p_value = chi_square(merged)
        # Cramér's V of a table of two rows (Cramér 1946, section 21.9).
        found |= {"effect": float(np.sqrt(statistic / sizes.sum())), "p_value": p_value}
    return found


def chi_square(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Pearson's statistic that two rows of counts share their shares, and its p-value.

    As `scipy.stats.chi2_contingency` without correction, whose checks take longer than the sum.

    Args:
        counts: (2, cells), at least two cells, none of them empty.
    """
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return statistic, float(chdtrc(counts.shape[1] - 1, statistic))


def merge_rare(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join neighbouring cells until each has five rows to expect on both sides.

    Args:
        counts: (2, cells).

    Returns:
        (2, fewer cells); one cell if there are too few rows for two.
    """
    smaller_side = int(counts.sum(axis=1).min())
    total = int(counts.sum())
    cells: list[NDArray[np.int64]] = []
    joined = np.zeros(2, dtype=np.int64)
    for cell in counts.T:
        joined = joined + cell
        # Expected on the smaller side: its rows times the cell's share of all. Whole numbers, so
        # that exactly five are enough.
        if int(joined.sum()) * smaller_side >= _LEAST_EXPECTED * total > 0:
            cells.append(joined)
            joined = np.zeros(2, dtype=np.int64)
    if not cells:
        return joined[:, None]
    cells[-1] = cells[-1] + joined
    return np.stack(cells, axis=1)
