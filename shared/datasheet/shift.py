"""Whether the parts of a split have the same labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from shared.contract import Examples

__all__ = ["describe_shift"]

_PERMUTATIONS = 499


def describe_shift(parts: Mapping[str, Examples], num_classes: int | None) -> dict[str, Any]:
    """Compare the labels of each pair of parts.

    Classes: Cramér's V of part and class, and the p value of the chi-squared statistic under
    exchange of whole entities between the two parts (499 exchanges): examples of one entity share
    their label, so that the tabulated distribution would find a shift everywhere. Forecasts: the
    Kolmogorov-Smirnov distance between the entities' mean targets, standardised by each series'
    training split, and its p value.

    Returns:
        `effect`: its name; `pairs`: `first`, `second`, `effect`, `p_value` (None where a part has
        fewer than two entities).
    """
    pairs = []
    for first, second in combinations(parts, 2):
        if num_classes is None:
            effect, p_value = _compare_targets(parts[first], parts[second])
        else:
            effect, p_value = _compare_classes(parts[first], parts[second], num_classes)
        pairs.append({"first": first, "second": second, "effect": effect, "p_value": p_value})
    return {
        "effect": "Kolmogorov-Smirnov distance" if num_classes is None else "Cramér's V",
        "pairs": pairs,
    }


def _compare_classes(
    first: Examples, second: Examples, num_classes: int
) -> tuple[float, float | None]:
    tables = [_count_by_entity(examples, num_classes) for examples in (first, second)]
    counts = np.concatenate(tables).astype(np.float64)  # (entities, classes)
    total = counts.sum(axis=0)
    is_second = np.arange(len(counts)) >= len(tables[0])
    observed = _chi_squared(is_second @ counts, total)
    effect = math.sqrt(observed / total.sum())
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
    names, codes = np.unique(examples.entities, return_inverse=True)
    flat = np.bincount(codes * num_classes + examples.targets, minlength=len(names) * num_classes)
    return np.asarray(flat.reshape(len(names), num_classes))


def _chi_squared(second: NDArray[np.float64], total: NDArray[np.float64]) -> float:
    """Pearson's statistic of the table whose rows are `total - second` and `second`."""
    share = second.sum() / total.sum()
    present = total > 0
    expected = share * total[present]
    deviation = (second[present] - expected) ** 2
    # Both rows deviate by the same amount: sum over rows of 1 / expected is 1 / (share (1 - share)
    # total).
    return float((deviation / ((1.0 - share) * expected)).sum()) if 0.0 < share < 1.0 else 0.0


def _compare_targets(first: Examples, second: Examples) -> tuple[float, float | None]:
    left, right = _entity_means(first), _entity_means(second)
    if min(len(left), len(right)) == 0:
        return 0.0, None
    is_single = min(len(left), len(right)) == 1
    found = ks_2samp(
        left, right, method="exact" if is_single else "asymp"
    )  # the asymptotic formula divides by 0 for one value
    return float(found.statistic), None if is_single else float(found.pvalue)


def _entity_means(examples: Examples) -> NDArray[np.float64]:
    """Mean target of each entity, in training standard deviations of its series.

    Entities without an observed value left out.
    """
    targets = examples.targets.astype(np.float64)
    if examples.forecast is not None:
        targets = (targets - examples.forecast.location[:, None, :]) / examples.forecast.scale[
            :, None, :
        ]
    observed = np.isfinite(targets)
    _, codes = np.unique(examples.entities, return_inverse=True)
    sums = np.bincount(codes, weights=np.where(observed, targets, 0.0).sum(axis=(1, 2)))
    counts = np.bincount(codes, weights=observed.sum(axis=(1, 2)))
    return np.asarray(sums[counts > 0] / counts[counts > 0])
