"""Whether the splits have the same labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from shared.contract import Examples
from shared.run.artefacts.data.datasheet import ShiftPairRecord, ShiftRecord

__all__ = ["describe_shift"]

_PERMUTATIONS = 499


def describe_shift(splits: Mapping[str, Examples], num_classes: int | None) -> ShiftRecord:
    """Compare the labels of each pair of splits.

    Classes: Cramér's V of split and class, and the p value of the chi-squared statistic under
    exchange of whole entities between the two splits (499 exchanges): examples of one entity share
    their label, so that the tabulated distribution would find a shift everywhere. Forecasts: the
    Kolmogorov-Smirnov distance between the entities' mean targets, standardised by each series'
    training split, and its p value.

    There is no p value where a split has fewer than two entities.

    Args:
        splits: Split -> its examples.
        num_classes: Number of classes; None for forecasts.
    """
    pairs = []
    for first, second in combinations(splits, 2):
        if num_classes is None:
            effect, p_value = _compare_targets(splits[first], splits[second])
        else:
            effect, p_value = _compare_classes(splits[first], splits[second], num_classes)
        pairs.append(ShiftPairRecord(first=first, second=second, effect=effect, p_value=p_value))
    return ShiftRecord(
        effect="Kolmogorov-Smirnov distance" if num_classes is None else "Cramér's V",
        pairs=tuple(pairs),
    )


def _compare_classes(
    first: Examples, second: Examples, num_classes: int
) -> tuple[float, float | None]:
    tables = [_count_by_entity(examples, num_classes) for examples in (first, second)]
    counts = np.concatenate(tables).astype(np.float64)  # (entities, classes)
    total = counts.sum(axis=0)
    is_second = np.arange(len(counts)) >= len(tables[0])
    observed = _chi_squared(is_second @ counts, total)
    effect = math.sqrt(observed / total.sum())  # Cramér's V = √(χ² / n) of a table with two rows
    if min(map(len, tables)) < 2:
        return effect, None
    generator = np.random.default_rng([30, 2])
    drawn = [
        _chi_squared(generator.permutation(is_second) @ counts, total) for _ in range(_PERMUTATIONS)
    ]
    # Rounding must not make an exchange that changes nothing look smaller than what was observed.
    exceeded = int((np.array(drawn) >= observed * (1.0 - 1e-9)).sum())
    return effect, (1 + exceeded) / (1 + _PERMUTATIONS)


def _count_by_entity(examples: Examples, num_classes: int) -> NDArray[np.int64]:
    names, codes = examples.coded_entities
    flat = np.bincount(codes * num_classes + examples.targets, minlength=len(names) * num_classes)
    return np.asarray(flat.reshape(len(names), num_classes))


def _chi_squared(second: NDArray[np.float64], total: NDArray[np.float64]) -> float:
    """Pearson's statistic of the table whose rows are `total - second` and `second`."""
    share = second.sum() / total.sum()
    present = total > 0
    expected = share * total[present]
    deviation = (second[present] - expected) ** 2
    if not 0.0 < share < 1.0:
        return 0.0
    # χ² = Σ (observed - expected)² / expected. Both rows deviate by the same amount, and the sum of
    # 1 / expected over the two rows is 1 / (share (1 - share) total).
    return float((deviation / ((1.0 - share) * expected)).sum())


def _compare_targets(first: Examples, second: Examples) -> tuple[float, float | None]:
    left = _entity_means(first)
    right = _entity_means(second)
    fewest = min(len(left), len(right))
    if fewest == 0:
        return 0.0, None
    # The asymptotic formula divides by 0 for one value.
    compared = ks_2samp(left, right, method="exact" if fewest == 1 else "asymp")
    return float(compared.statistic), None if fewest == 1 else float(compared.pvalue)


def _entity_means(examples: Examples) -> NDArray[np.float64]:
    """Mean target of each entity, in training standard deviations of its series.

    Entities without an observed value left out.
    """
    pieces = [_row_sums(examples, piece) for piece in examples.pieces()]
    row_sums, row_counts = (np.concatenate(column) for column in zip(*pieces, strict=True))
    codes = examples.coded_entities.codes
    sums = np.bincount(codes, weights=row_sums)
    counts = np.bincount(codes, weights=row_counts)
    return np.asarray(sums[counts > 0] / counts[counts > 0])


def _row_sums(examples: Examples, rows: slice) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The sum of what was observed of each row, standardised, and how many numbers that were."""
    targets = examples.targets[rows].astype(np.float64)
    if examples.forecast is not None:
        location = examples.forecast.location[rows][:, None, :]
        scale = examples.forecast.scale[rows][:, None, :]
        targets = (targets - location) / scale  # (windows, steps, channels)
    observed = np.isfinite(targets)
    return np.where(observed, targets, 0.0).sum(axis=(1, 2)), observed.sum(axis=(1, 2))
