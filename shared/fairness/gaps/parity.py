"""Parity criteria: how far apart groups are in the rates that a criterion wants to be equal.

The largest difference is never negative and grows with the number of groups, so it has no interval;
a permutation test says how often it would be as large if the criterion held (`permutation.py`).
What the criterion takes as given stays with the groups: groups that consist of other classes may
satisfy equalised odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.fairness.evaluated_split import EvaluatedSplit
from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.row_rates import RowRate
from shared.fairness.groups.grouped_errors import GroupedErrors
from shared.statistics.permutations.arrangements import PermutationTest, arrange
from shared.statistics.permutations.permutation import (
    PermutationPlan,
    RowTable,
    spreads_test,
    too_few_arrangements,
)
from shared.targets import Categories, Horizon

__all__ = [
    "CRITERIA",
    "Criterion",
    "CriterionAssessment",
    "Difference",
    "assess_parity",
    "differences",
    "largest_difference",
    "measure_criterion",
    "rates_test",
]

Given = Literal["nothing", "truth", "prediction"]

_NOTHING_TO_COMPARE = "No two groups have enough examples to be compared."


@dataclass(frozen=True)
class Criterion:
    """What a criterion compares.

    Attributes:
        name: Of the criterion.
        metrics: The rates that it wants to be equal, for every class (Barocas, Hardt & Narayanan
            2023, chapter 3).
        given: What the groups may differ in.
        is_tested: Whether it has a test of its own; those without follow from one that has.
    """

    name: str
    metrics: tuple[str, ...]
    given: Given
    is_tested: bool = True


CRITERIA = (
    Criterion("equalised odds", ("recall", "false_positive_rate"), "truth"),
    Criterion("equal opportunity", ("recall",), "truth", is_tested=False),
    Criterion("demographic parity", ("selection_rate",), "nothing"),
    Criterion("predictive parity", ("precision",), "prediction"),
    Criterion("balanced accuracy", ("balanced_accuracy",), "truth", is_tested=False),
    Criterion("calibration", ("calibration_gap",), "nothing"),
    Criterion("coverage", ("coverage",), "nothing"),
)


@dataclass(frozen=True)
class Difference:
    """The largest difference of two groups in one rate, as fairlearn's `*_difference`."""

    metric: str
    of_class: str | None
    difference: float
    lowest: str
    highest: str


@dataclass(frozen=True)
class CriterionAssessment:
    """One criterion.

    Attributes:
        criterion: Which.
        num_rates: Rates that it concerns.
        num_compared: Those of them that at least two groups have; of the others, the data are not
            enough.
        largest: None if nothing can be compared.
        test: None if there is nothing to test, or the criterion is not tested.
        reason: Why there is no test; empty if there is one.
    """

    criterion: Criterion
    num_rates: int
    num_compared: int
    largest: Difference | None
    test: PermutationTest | None
    reason: str


def assess_parity(
    split: EvaluatedSplit,
    grouped: GroupedErrors,
    rates: Sequence[GroupRate],
    plan: PermutationPlan,
) -> list[CriterionAssessment]:
    """Every criterion that this target has.

    Args:
        split: What is assessed.
        grouped: The attribute.
        rates: What was found of its groups; those of too few rows are not tested.
        plan: Of the tests; each draws arrangements of its own.
    """
    parity = []
    for i, criterion in enumerate(CRITERIA):
        measured = measure_criterion(criterion, rates)
        if measured is None:
            continue
        if not measured.reason:
            given = _given(criterion.given, split)
            of_criterion = [row for row in split.rows if row.metric in criterion.metrics]
            own_plan = replace(plan, seed=(*plan.seed, i))
            outcome, reason = rates_test(of_criterion, grouped, rates, given, own_plan)
            measured = replace(measured, test=outcome, reason=reason)
        parity.append(measured)
    return parity


def measure_criterion(
    criterion: Criterion, rates: Sequence[GroupRate]
) -> CriterionAssessment | None:
    """The criterion before its test, with the reason if there will be none.

    None if no rate concerns it.
    """
    concerned = [rate for rate in rates if rate.metric in criterion.metrics]
    if not concerned:
        return None
    spreads = differences(concerned)
    largest = spreads[0] if spreads else None
    return CriterionAssessment(
        criterion=criterion,
        num_rates=len({(rate.metric, rate.of_class) for rate in concerned}),
        num_compared=len(spreads),
        largest=largest,
        test=None,
        reason=_no_test(criterion, largest),
    )


def rates_test(
    rows: Sequence[RowRate],
    grouped: GroupedErrors,
    rates: Sequence[GroupRate],
    given: NDArray[np.int64] | None,
    plan: PermutationPlan,
) -> tuple[PermutationTest | None, str]:
    """Test whether any of these rates differs between the groups that have it.

    Args:
        rows: The rates, as means over rows.
        grouped: The attribute, of the same rows.
        rates: Of its groups; those of too few rows are not tested.
        given: (n,) int64: what the groups may differ in; None for nothing.
        plan: Of the test.

    Returns:
        The test and an empty sentence, or None and the reason why it can't be made.
    """
    compared, judged = _judged(rows, grouped, rates)
    if not judged.any():
        return None, _NOTHING_TO_COMPARE
    kept, labels = grouped.among(compared)
    table = RowTable(
        values=np.stack([row.values[kept] for row in rows], axis=1),
        counts=np.stack([row.counts[kept] for row in rows], axis=1),
        judged=judged,
    )
    arrangement = arrange(labels, grouped.codes[kept], None if given is None else given[kept])
    outcome = spreads_test(
        table, arrangement, permutations=plan.permutations, seed=plan.seed, level=plan.alpha
    )
    reason = too_few_arrangements(outcome, plan.alpha)
    return (None, reason) if reason else (outcome, "")


def differences(rates: Sequence[GroupRate]) -> list[Difference]:
    """The largest difference of two groups in each rate that two groups have, largest first."""
    names = sorted({(rate.metric, rate.of_class) for rate in rates}, key=str)
    spreads = [largest_difference(rates, *name) for name in names]
    known = [spread for spread in spreads if spread is not None]
    return sorted(known, key=lambda spread: -spread.difference)


def largest_difference(
    rates: Sequence[GroupRate], metric: str, of_class: str | None
) -> Difference | None:
    """Between any two groups in one rate; None if fewer than two have it."""
    known = [
        (rate.number, rate.group)
        for rate in rates
        if (rate.metric, rate.of_class) == (metric, of_class) and rate.number is not None
    ]
    if len(known) < 2:
        return None
    low, lowest = min(known)
    high, highest = max(known)
    return Difference(metric, of_class, high - low, lowest, highest)


def _judged(
    rows: Sequence[RowRate], grouped: GroupedErrors, rates: Sequence[GroupRate]
) -> tuple[list[str], NDArray[np.bool_]]:
    """The groups with rows enough for any of these rates, and (rates, groups) bool: for which.

    A rate that fewer than two groups have is judged in none.
    """
    has_value = {(rate.metric, rate.of_class, rate.group) for rate in rates if rate.is_tested}
    names = [(row.metric, row.of_class) for row in rows]
    compared = [
        group for group in grouped.groups if any((*name, group) in has_value for name in names)
    ]
    judged = np.zeros((len(names), len(compared)), dtype=np.bool_)
    for i, name in enumerate(names):
        judged[i] = [(*name, group) in has_value for group in compared]
    judged[judged.sum(axis=1) < 2] = False
    return compared, judged


def _no_test(criterion: Criterion, largest: Difference | None) -> str:
    if largest is None:
        return _NOTHING_TO_COMPARE
    return "" if criterion.is_tested else "no test of its own"


def _given(given: Given, split: EvaluatedSplit) -> NDArray[np.int64] | None:
    match split.target:
        case Categories():
            columns: dict[Given, NDArray[np.int64] | None] = {
                "nothing": None,
                "truth": split.test.targets,
                "prediction": split.target.decide(split.test.scores),
            }
            return columns[given]
        case Horizon():
            return None
        case _:
            assert_never(split.target)
