"""Who is found, who is selected, whose confidence is right: rates by group beyond the error, each against the pooled rest.

The criteria (Barocas, Hardt & Narayanan 2023, chapter 3) in these terms: equalised odds compares `recall` and `false_positive_rate`
of a class, equal opportunity `recall` alone, demographic parity `selection_rate`, predictive parity `precision`. `calibration_gap` is
the mean confidence minus the share correct. `coverage` is how often a conformal set holds the true class, or how often the outer
quantiles of a forecast hold the value.

A rate is given only where its denominator is large enough: with too few examples of a class, no recall is "insufficient evidence",
and never counts as fair. That is about evidence; what may not be worked out at all, `suppression.py` withholds by group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets
from shared.calibration_file import SetRule
from shared.contract import UNKNOWN
from shared.evaluation.bootstrap import Resampling, Statistic, entity_sums, estimate_each
from shared.evaluation.intervals import Estimate, Measure
from shared.fairness.disaggregate import GroupedErrors, GroupSize
from shared.fairness.suppression import too_small
from shared.predictions import Predictions
from shared.targets import Categories, Horizon, Target
from shared.targets.horizon import observed_mean

__all__ = ["GroupRate", "assess_rates"]

Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class GroupRate:
    """One rate of one group.

    Attributes:
        metric: Its name, for example "recall".
        of_class: The class it is about; None if it is about all.
        group: The group.
        num_rows: Rows in the denominator.
        num_entities: Entities among them.
        reason: Why no number is given; empty if one is.
        value: None if there is a reason.
        gap: Signed, against the pooled rest; None also where the rest can't be measured.
    """

    metric: str
    of_class: str | None
    group: str
    num_rows: int
    num_entities: int
    reason: str
    value: Estimate | None
    gap: Estimate | None


@dataclass(frozen=True)
class _Rate:
    """A mean of row values over the rows that count: (n,) float64 and (n,) bool, with the smallest and largest possible value."""

    metric: str
    of_class: str | None
    values: NDArray[np.float64]
    counts: NDArray[np.bool_]
    low: float = 0.0


@dataclass(frozen=True)
class _Sizes:
    """Rows and entities in a rate's denominator, (groups,) int64 each, inside the groups and in the rest of each."""

    rows: NDArray[np.int64]
    entities: NDArray[np.int64]
    rest_rows: NDArray[np.int64]
    rest_entities: NDArray[np.int64]


def assess_rates(
    target: Target,
    test: Predictions,
    rule: SetRule | None,
    grouped: GroupedErrors,
    sizes: list[GroupSize],
    min_group_size: int,
    resampling: Resampling,
) -> list[GroupRate]:
    """All rates of one attribute's known groups that are not suppressed, with intervals by entity.

    Args:
        target: The kind of target.
        test: Finite scores beside the truth.
        rule: Of conformal sets; None if there are none.
        grouped: The attribute; its rows are those of `test`.
        sizes: Of its groups.
        min_group_size: Rows below which a denominator gives no number.
        resampling: Of entities.
    """
    known = np.flatnonzero(np.array([group != UNKNOWN for group in grouped.groups])[grouped.cells])
    num_groups = sum(group != UNKNOWN for group in grouped.groups)  # the unknown are last
    cells, codes = grouped.cells[known], grouped.codes[known]
    rates = _rates(target, test.take(known), rule)
    denominators = [_denominator(rate, cells, codes, num_groups, grouped.num_entities) for rate in rates]
    evaluates = [_evaluate(rate, cells, codes, num_groups, grouped.num_entities) for rate in rates]
    recalls = [i for i, rate in enumerate(rates) if rate.metric == "recall" and rate.counts.any()]
    if recalls:
        rates.append(_Rate("balanced_accuracy", None, np.empty(0), np.empty(0, dtype=np.bool_)))
        denominators.append(_scarcest([denominators[i] for i in recalls]))
        evaluates.append(_mean([evaluates[i] for i in recalls]))
    statistics = {
        i: Statistic(_measures(rate, denominator, num_groups), evaluate)
        for i, (rate, denominator, evaluate) in enumerate(zip(rates, denominators, evaluates, strict=True))
    }
    found = estimate_each(statistics, grouped.num_entities, resampling)
    return [
        _group_rate(rate, sizes[cell], cell, denominators[i], found[i], min_group_size)
        for i, rate in enumerate(rates)
        for cell in range(num_groups)
        if not sizes[cell].suppressed
    ]


def _rates(target: Target, test: Predictions, rule: SetRule | None) -> list[_Rate]:
    everything = np.ones(len(test), dtype=np.bool_)
    match target:
        case Categories():
            decided = target.decide(test.scores)
            correct = (decided == test.targets).astype(np.float64)
            rates = [_Rate("calibration_gap", None, target.confidence(test.scores) - correct, everything, low=-1.0)]
            if rule is not None:
                sets = class_sets(target.probabilities(test.scores), np.asarray(rule.thresholds))
                rates.append(_Rate("coverage", None, sets[np.arange(len(test)), test.targets].astype(np.float64), everything))
            for c, name in enumerate(target.names):
                chosen, true = (decided == c).astype(np.float64), test.targets == c
                rates += [
                    _Rate("recall", name, chosen, true),
                    _Rate("false_positive_rate", name, chosen, ~true),
                    _Rate("selection_rate", name, chosen, everything),
                    _Rate("precision", name, correct, decided == c),
                ]
            return rates
        case Horizon():
            if target.nominal_coverage is None:
                return []
            inside = observed_mean(target.covered(test), np.isfinite(test.targets), axes=(1, 2))
            return [_Rate("coverage", None, inside, everything)]
        case _:
            assert_never(target)


def _denominator(rate: _Rate, cells: NDArray[np.int64], codes: NDArray[np.int64], num_groups: int, num_entities: int) -> _Sizes:
    counted = np.zeros((num_groups, num_entities), dtype=np.int64)
    np.add.at(counted, (cells[rate.counts], codes[rate.counts]), 1)
    rest = counted.sum(axis=0) - counted
    return _Sizes(counted.sum(axis=1), (counted > 0).sum(axis=1), rest.sum(axis=1), (rest > 0).sum(axis=1))


def _evaluate(rate: _Rate, cells: NDArray[np.int64], codes: NDArray[np.int64], num_groups: int, num_entities: int) -> Evaluate:
    """Weights (entities, resamples) -> values of the groups, then their gaps to the rest: (2 groups, resamples)."""
    cells, codes = cells[rate.counts], codes[rate.counts]
    sums = entity_sums(codes, num_entities, cells, rate.values[rate.counts], num_groups)
    counts = entity_sums(codes, num_entities, cells, np.ones(len(cells)), num_groups)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        total, count = sums @ weights, counts @ weights
        inside, outside = _ratio(total, count), _ratio(total.sum(axis=0) - total, count.sum(axis=0) - count)
        return np.vstack([inside, inside - outside])

    return evaluate


def _mean(evaluates: list[Evaluate]) -> Evaluate:
    return lambda weights: np.mean([evaluate(weights) for evaluate in evaluates], axis=0)


def _scarcest(denominators: list[_Sizes]) -> _Sizes:
    """A mean over classes is no surer than its least known class."""
    columns = ([getattr(sizes, name) for sizes in denominators] for name in _Sizes.__dataclass_fields__)
    return _Sizes(*(np.min(column, axis=0) for column in columns))


def _measures(rate: _Rate, sizes: _Sizes, num_groups: int) -> tuple[Measure, ...]:
    smaller = np.minimum(sizes.entities, sizes.rest_entities)
    values = [Measure(f"value {cell}", int(sizes.entities[cell]), rate.low, 1.0) for cell in range(num_groups)]
    gaps = [Measure(f"gap {cell}", int(smaller[cell]), rate.low - 1.0, 1.0 - rate.low) for cell in range(num_groups)]
    return tuple(values + gaps)


def _group_rate(rate: _Rate, size: GroupSize, cell: int, sizes: _Sizes, found: dict[str, Estimate], min_group_size: int) -> GroupRate:
    num_rows, num_entities = int(sizes.rows[cell]), int(sizes.entities[cell])
    reason = too_small(num_rows, num_entities, min_group_size)
    rest_is_known = not too_small(int(sizes.rest_rows[cell]), int(sizes.rest_entities[cell]), min_group_size)
    gap = found[f"gap {cell}"] if rest_is_known and not reason else None
    value = None if reason else found[f"value {cell}"]
    return GroupRate(rate.metric, rate.of_class, size.group, num_rows, num_entities, reason, value, gap)


def _ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> NDArray[np.float64]:
    return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan)
