"""`behaviours` of `metrics.json`.

How often each behaviour test fails, on what, and whose mention moves the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract.behaviours import (
    Behaviour,
    BehaviourKind,
    BehaviourSuite,
    Direction,
    Invariance,
    MinimumFunctionality,
)
from shared.evaluation.robustness.behaviour_judgement import Judgement, judge
from shared.evaluation.robustness.filler_table import filler_table
from shared.run.artefacts.metrics.behaviour_entries import (
    BehaviourExample,
    BehaviourTable,
    BehaviourTest,
    CapabilityEntry,
    FailureRate,
    PredictedRow,
)
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure, number_or_none
from shared.statistics.means import mean_statistic
from shared.statistics.shares import clustered_share
from shared.targets import Categories
from shared.targets.decision import decide_by_probabilities

__all__ = ["behaviour_table"]

_MAX_EXAMPLES = 3

_TESTS = 1
_FILLERS = 2
"""Streams of random numbers within the table."""


@dataclass(frozen=True)
class _Judged:
    name: str
    behaviour: Behaviour
    probabilities: NDArray[np.float64]
    judgement: Judgement

    @property
    def cases(self) -> NDArray[np.str_]:
        """The case of each judged row, under a name that no other test has."""
        return np.char.add(f"{self.name}/", self.behaviour.cases[self.judgement.rows])


def behaviour_table(
    target: Categories,
    suite: BehaviourSuite,
    scores: Mapping[str, NDArray[np.float32]],
    margin: float,
    resampling: Resampling,
) -> BehaviourTable:
    """Failure rates with intervals by case, mean shifts, and the worst examples of each test.

    Args:
        target: The classes, and how one is decided for.
        suite: The tests.
        scores: Test -> calibrated scores (n, classes) of its rows.
        margin: Shifts between groups of fillers below this do not matter.
        resampling: Of cases; each number draws its own resamples.
    """
    notes = [*suite.notes]
    judged = []
    for name, behaviour in suite.tests.items():
        if not np.isfinite(scores[name]).all():
            notes.append(
                f"{name}: the model gave scores that are not finite, so the test says nothing."
            )
            continue
        probabilities = target.probabilities(scores[name])
        judgement = judge(behaviour, probabilities, target.rule)
        judged.append(_Judged(name, behaviour, probabilities, judgement))
    tests = [
        _test(target, one, _stream(resampling, _TESTS, number)) for number, one in enumerate(judged)
    ]
    judgements = {one.name: (one.behaviour, one.judgement) for one in judged}
    return BehaviourTable(
        notes=tuple(notes),
        capabilities=_capabilities(judged, resampling.confidence),
        tests=tuple(tests),
        fillers=filler_table(judgements, margin, _stream(resampling, _FILLERS, 0)),
    )


def _stream(resampling: Resampling, table: int, number: int) -> Resampling:
    return replace(resampling, seed=(*resampling.seed, table, number))


def _capabilities(judged: Sequence[_Judged], confidence: float) -> tuple[CapabilityEntry, ...]:
    """One entry per capability and kind, all their tests together."""
    together: dict[tuple[str, BehaviourKind], list[_Judged]] = {}
    for one in judged:
        together.setdefault((one.behaviour.capability, one.behaviour.kind), []).append(one)
    entries = []
    for (capability, kind), own in together.items():
        entry = CapabilityEntry(
            **dict(_failure_rate(own, confidence)),
            capability=capability,
            kind=kind,
            num_tests=len(own),
        )
        entries.append(entry)
    return tuple(entries)


def _failure_rate(judged: Sequence[_Judged], confidence: float) -> FailureRate:
    failed = np.concatenate([one.judgement.failed for one in judged]).astype(np.float64)
    codes, _ = entity_codes(np.concatenate([one.cases for one in judged]))
    share = dict(clustered_share(failed, codes, confidence))
    return FailureRate(num_cases=share.pop("num_entities"), **share)


def _test(target: Categories, one: _Judged, resampling: Resampling) -> BehaviourTest:
    examples = [_example(target, one, int(place)) for place in _worst(one)]
    return BehaviourTest(
        **dict(_failure_rate([one], resampling.confidence)),
        test=one.name,
        capability=one.behaviour.capability,
        kind=one.behaviour.kind,
        describe=one.behaviour.describe,
        shift=_mean_shift(one, resampling),
        examples=tuple(examples),
    )


def _mean_shift(one: _Judged, resampling: Resampling) -> Estimate | None:
    """Of invariance the mean absolute change, of a direction the mean change to the right side.

    None where nothing is compared.
    """
    values = one.judgement.shift
    lowest = -1.0
    match one.behaviour.expectation:
        case MinimumFunctionality():
            return None
        case Invariance():
            values = np.abs(values)
            lowest = 0.0
        case Direction():
            pass
        case _:
            assert_never(one.behaviour.expectation)
    codes, num_cases = entity_codes(one.cases)
    measure = Measure("shift", num_cases, lowest, 1.0)
    statistic = mean_statistic([measure], values[:, None], codes, num_cases)
    return estimates([statistic], num_cases, resampling)["shift"]


def _worst(one: _Judged) -> NDArray[np.int64]:
    """Places of the worst failing rows among those judged, at most one of each case."""
    judgement = one.judgement
    order = np.argsort(-judgement.severity, kind="stable")
    failing = order[judgement.failed[order]]
    _, first = np.unique(one.cases[failing], return_index=True)
    return failing[np.sort(first)][:_MAX_EXAMPLES]


def _example(target: Categories, one: _Judged, place: int) -> BehaviourExample:
    """One failing row in words and numbers."""
    row = int(one.judgement.rows[place])
    original = int(one.judgement.originals[place])
    return BehaviourExample(
        **dict(_predicted(target, one, row)),
        accepted=_accepted(target, one.behaviour, row),
        original=None if original < 0 else _predicted(target, one, original),
        shift=number_or_none(one.judgement.shift[place]),
    )


def _predicted(target: Categories, one: _Judged, row: int) -> PredictedRow:
    predicted = int(decide_by_probabilities(target.rule, one.probabilities[[row]])[0])
    return PredictedRow(
        text=str(one.behaviour.texts[row]),
        predicted=target.names[predicted],
        confidence=float(one.probabilities[row, predicted]),
    )


def _accepted(target: Categories, behaviour: Behaviour, row: int) -> tuple[str, ...]:
    if not isinstance(behaviour.expectation, MinimumFunctionality):
        return ()
    return tuple(
        target.names[index] for index in np.flatnonzero(behaviour.expectation.accepted[row])
    )
