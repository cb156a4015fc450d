"""Parity criteria: how far apart the groups are in the rates that each criterion wants to be equal, and whether that is chance.

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

from shared.fairness.gaps.comparison import GroupRate
from shared.fairness.gaps.row_rates import RowRate
from shared.fairness.groups.disaggregate import GroupedErrors
from shared.statistics.arrangements import PermutationTest, arrange
from shared.statistics.permutation import (
    PermutationPlan,
    RowTable,
    spreads_test,
    too_few_arrangements,
)
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Predictions

__all__ = [
    "CRITERIA",
    "Criterion",
    "Difference",
    "ParityFinding",
    "differences",
    "find_parity",
    "largest_difference",
    "measure_criterion",
    "rates_test",
]

Given = Literal["nothing", "truth", "decision"]


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
    Criterion("predictive parity", ("precision",), "decision"),
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
class ParityFinding:
    """One criterion.

    Attributes:
        criterion: Which.
        num_rates: Rates that it concerns.
        num_compared: Those of them that at least two groups have; the others are insufficient
            evidence.
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


def find_parity(
    target: Target,
    test: Predictions,
    rows: Sequence[RowRate],
    grouped: GroupedErrors,
    rates: Sequence[GroupRate],
    plan: PermutationPlan,
) -> list[ParityFinding]:
    """Every criterion that this target has.

    Args:
        target: The kind of target.
        test: Finite scores beside the truth.
        rows: As `row_rates` gives them for `test`.
        grouped: The attribute.
        rates: What was found of its groups; those without a number are not compared.
        plan: Of the tests; each draws arrangements of its own.
    """
    found = []
    for i, criterion in enumerate(CRITERIA):
        finding = measure_criterion(criterion, rates)
        if finding is None:
            continue
        if not finding.reason:
            given = _given(criterion.given, target, test)
            of_criterion = [row for row in rows if row.metric in criterion.metrics]
            outcome, reason = rates_test(
                of_criterion, grouped, rates, given, replace(plan, seed=(*plan.seed, i))
            )
            finding = replace(finding, test=outcome, reason=reason)
        found.append(finding)
    return found


def measure_criterion(criterion: Criterion, rates: Sequence[GroupRate]) -> ParityFinding | None:
    """The criterion before its test, with the reason if there will be none.

    None if no rate concerns it.
    """
    concerned = {(rate.metric, rate.of_class) for rate in rates if rate.metric in criterion.metrics}
    if not concerned:
        return None
    spreads = differences([rate for rate in rates if rate.metric in criterion.metrics])
    largest = spreads[0] if spreads else None
    return ParityFinding(
        criterion, len(concerned), len(spreads), largest, None, _no_test(criterion, largest)
    )


def rates_test(
    rows: Sequence[RowRate],
    grouped: GroupedErrors,
    rates: Sequence[GroupRate],
    given: NDArray[np.int64] | None,
    plan: PermutationPlan,
) -> tuple[PermutationTest | None, str]:
    """Test whether any of these rates differs between the groups that have it.

    Else a sentence why that can't be tested.
    """
    has_value = {
        (rate.metric, rate.of_class, rate.group) for rate in rates if rate.value is not None
    }
    names = [(row.metric, row.of_class) for row in rows]
    compared = [
        group for group in grouped.groups if any((*name, group) in has_value for name in names)
    ]
    judged = np.array(
        [[(*name, group) in has_value for group in compared] for name in names], dtype=np.bool_
    ).reshape(len(rows), -1)
    if (judged.sum(axis=1) < 2).all():
        return None, "No two groups have enough examples to be compared."
    judged &= (judged.sum(axis=1) >= 2)[:, None]
    kept, labels = grouped.among(compared)
    values, counts = (
        np.stack([getattr(row, name)[kept] for row in rows], axis=1)
        for name in ("values", "counts")
    )
    arrangement = arrange(labels, grouped.codes[kept], None if given is None else given[kept])
    outcome = spreads_test(
        RowTable(values, counts, judged),
        arrangement,
        permutations=plan.permutations,
        seed=plan.seed,
    )
    reason = too_few_arrangements(outcome, plan.alpha)
    return (None, reason) if reason else (outcome, "")


def differences(rates: Sequence[GroupRate]) -> list[Difference]:
    """The largest difference of two groups in each of these rates that two groups have, the largest of all first."""
    names = sorted({(rate.metric, rate.of_class) for rate in rates}, key=str)
    found = [spread for name in names if (spread := largest_difference(rates, *name)) is not None]
    return sorted(found, key=lambda spread: -spread.difference)


def largest_difference(
    rates: Sequence[GroupRate], metric: str, of_class: str | None
) -> Difference | None:
    """Between any two groups in one rate; None if fewer than two have it."""
    known = [
        (rate.value.value, rate.group)
        for rate in rates
        if (rate.metric, rate.of_class) == (metric, of_class)
        and rate.value is not None
        and rate.value.value is not None
    ]
    if len(known) < 2:
        return None
    low, lowest = min(known)
    high, highest = max(known)
    return Difference(metric, of_class, high - low, lowest, highest)


def _no_test(criterion: Criterion, largest: Difference | None) -> str:
    if largest is None:
        return "No two groups have enough examples to be compared."
    return "" if criterion.is_tested else "no test of its own"


def _given(given: Given, target: Target, test: Predictions) -> NDArray[np.int64] | None:
    match target:
        case Categories():
            columns: dict[Given, NDArray[np.int64] | None] = {
                "nothing": None,
                "truth": test.targets,
                "decision": target.decide(test.scores),
            }
            return columns[given]
        case Horizon():
            return None
        case _:
            assert_never(target)
