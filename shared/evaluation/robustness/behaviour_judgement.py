"""Which rows of a behaviour test fail, and how far probabilities move from their comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract.behaviours import Behaviour, Direction, Invariance, MinimumFunctionality
from shared.targets.decision import DecisionRule, decide_by_probabilities

__all__ = ["Judgement", "judge"]


@dataclass(frozen=True)
class Judgement:
    """The rows of one test that have something to fail at.

    Attributes:
        rows: (m,) int64: their positions in the test.
        failed: (m,) bool.
        shift: (m,) float64: change of the watched probability against what the row is compared
            with, in [-1, 1]; of a direction test positive where it moves as it should. NaN where
            nothing is compared.
        severity: (m,) float64: how badly the row fails, larger is worse; compare within one test
            only.
        originals: (m,) int64: position of the row that each is compared with; -1 for a class that
            is known, or a case's mean.
    """

    rows: NDArray[np.int64]
    failed: NDArray[np.bool_]
    shift: NDArray[np.float64]
    severity: NDArray[np.float64]
    originals: NDArray[np.int64]


def judge(
    behaviour: Behaviour, probabilities: NDArray[np.float64], rule: DecisionRule
) -> Judgement:
    """Hold a test's rows to its expectation.

    Args:
        behaviour: The test.
        probabilities: (n, classes), rows summing to 1.
        rule: From probabilities to a class.
    """
    decided = decide_by_probabilities(rule, probabilities)
    match behaviour.expectation:
        case MinimumFunctionality() as expectation:
            return _judge_known(expectation, probabilities, decided)
        case Invariance(fillers=fillers) as expectation if fillers:
            return _judge_fillers(expectation, behaviour.cases, probabilities, rule)
        case Invariance() as expectation:
            return _judge_changed(expectation, behaviour.cases, probabilities, decided)
        case Direction() as expectation:
            return _judge_direction(expectation, behaviour.cases, probabilities)
        case _:
            assert_never(behaviour.expectation)


def _judge_known(
    expectation: MinimumFunctionality,
    probabilities: NDArray[np.float64],
    predicted: NDArray[np.int64],
) -> Judgement:
    rows = np.arange(len(probabilities))
    right = np.where(expectation.accepted, probabilities, 0.0).max(axis=1)
    return Judgement(
        rows=rows,
        failed=~expectation.accepted[rows, predicted],
        shift=np.full(len(rows), np.nan),
        severity=probabilities[rows, predicted] - right,
        originals=np.full(len(rows), -1),
    )


def _judge_fillers(
    expectation: Invariance,
    cases: NDArray[np.str_],
    probabilities: NDArray[np.float64],
    rule: DecisionRule,
) -> Judgement:
    _, codes, counts = np.unique(cases, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), probabilities.shape[1]))
    np.add.at(sums, codes, probabilities)
    mean = (sums / counts[:, None])[codes]  # (n, classes): the mean of each row's case
    shift = (probabilities - mean)[:, expectation.watched]
    rows = np.arange(len(cases))
    own, of_case = (decide_by_probabilities(rule, each) for each in (probabilities, mean))
    failed = own != of_case
    return Judgement(rows, failed, shift, np.abs(shift), np.full(len(rows), -1))


def _judge_changed(
    expectation: Invariance,
    cases: NDArray[np.str_],
    probabilities: NDArray[np.float64],
    decided: NDArray[np.int64],
) -> Judgement:
    rows, originals = _pairs(cases)
    failed = decided[rows] != decided[originals]
    shift = (probabilities[rows] - probabilities[originals])[:, expectation.watched]
    return Judgement(rows, failed, shift, np.abs(shift), originals)


def _judge_direction(
    expectation: Direction, cases: NDArray[np.str_], probabilities: NDArray[np.float64]
) -> Judgement:
    rows, originals = _pairs(cases)
    classes = expectation.classes[rows]
    risen = probabilities[rows, classes] - probabilities[originals, classes]
    shift = risen if expectation.moves == "rise" else -risen
    return Judgement(rows, shift < -expectation.tolerance, shift, -shift, originals)


def _pairs(cases: NDArray[np.str_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of all rows that are not the first of their case, and of that first row."""
    _, first, codes = np.unique(cases, return_index=True, return_inverse=True)
    originals = first[codes]
    rows = np.flatnonzero(originals != np.arange(len(cases)))
    return rows, originals[rows]
