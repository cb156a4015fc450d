"""`behaviours` of `metrics.json`.

How often each behaviour test fails, on what, and whose mention moves the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract.behaviours import (
    Behaviour,
    BehaviourSuite,
    Direction,
    Invariance,
    MinimumFunctionality,
)
from shared.evaluation.robustness.behaviour_judgement import Judgement, judge
from shared.evaluation.robustness.filler_table import filler_table
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic
from shared.statistics.number import estimate_fields
from shared.statistics.shares import share_table
from shared.targets import Categories

__all__ = ["behaviour_table"]

_MAX_EXAMPLES = 3


@dataclass(frozen=True)
class _Judged:
    name: str
    behaviour: Behaviour
    probabilities: NDArray[np.float64]
    judgement: Judgement

    @property
    def cases(self) -> NDArray[np.str_]:
        """The case of each judged row, told apart from those of other tests."""
        return np.char.add(f"{self.name}/", self.behaviour.cases[self.judgement.rows])


def behaviour_table(
    target: Categories,
    suite: BehaviourSuite,
    scores: Mapping[str, NDArray[np.float32]],
    margin: float,
    resampling: Resampling,
) -> dict[str, Any]:
    """Ready for JSON: `notes`; `capabilities`, `tests` and `fillers` with intervals by case.

    Of each test the worst examples.

    Args:
        target: The classes.
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
        judged.append(_Judged(name, behaviour, probabilities, judge(behaviour, probabilities)))
    return {
        "notes": notes,
        "capabilities": _capabilities(judged, resampling),
        "tests": [
            _test(target, one, _stream(resampling, 1, number)) for number, one in enumerate(judged)
        ],
        "fillers": filler_table(
            {one.name: (one.behaviour, one.judgement) for one in judged},
            margin,
            _stream(resampling, 2, 0),
        ),
    }


def _stream(resampling: Resampling, table: int, number: int) -> Resampling:
    return replace(resampling, seed=(*resampling.seed, table, number))


def _capabilities(judged: Sequence[_Judged], resampling: Resampling) -> list[dict[str, Any]]:
    """One entry per capability and kind, all their tests together."""
    keys = dict.fromkeys((one.behaviour.capability, one.behaviour.kind) for one in judged)
    table = []
    for number, (capability, kind) in enumerate(keys):
        own = [
            one
            for one in judged
            if (one.behaviour.capability, one.behaviour.kind) == (capability, kind)
        ]
        entry = {"capability": capability, "kind": kind, "num_tests": len(own)}
        table.append(entry | _failure_rate(own, _stream(resampling, 0, number)))
    return table


def _failure_rate(judged: Sequence[_Judged], resampling: Resampling) -> dict[str, Any]:
    failed = np.concatenate([one.judgement.failed for one in judged]).astype(np.float64)
    cases = np.concatenate([one.cases for one in judged])
    found = share_table(failed[:, None], cases, resampling)[0]
    found["num_cases"] = found.pop("num_entities")
    return found


def _test(target: Categories, one: _Judged, resampling: Resampling) -> dict[str, Any]:
    entry = {
        "test": one.name,
        "capability": one.behaviour.capability,
        "kind": one.behaviour.kind,
        "describe": one.behaviour.describe,
    }
    examples = [_example(target, one, int(place)) for place in _worst(one)]
    return (
        entry
        | _failure_rate([one], resampling)
        | {
            "shift": _mean_shift(one, resampling),
            "examples": examples,
        }
    )


def _mean_shift(one: _Judged, resampling: Resampling) -> dict[str, Any] | None:
    """Of invariance the mean absolute change, of a direction the mean change to the right side.

    None where nothing is compared.
    """
    match one.behaviour.expectation:
        case MinimumFunctionality():
            return None
        case Invariance():
            values, low = np.abs(one.judgement.shift), 0.0
        case Direction():
            values, low = one.judgement.shift, -1.0
        case _:
            assert_never(one.behaviour.expectation)
    codes, num_cases = entity_codes(one.cases)
    statistic = mean_statistic(
        [Measure("shift", num_cases, low, 1.0)], values[:, None], codes, num_cases
    )
    found: Estimate = estimates([statistic], num_cases, resampling)["shift"]
    return estimate_fields(found)


def _worst(one: _Judged) -> NDArray[np.int64]:
    """Places of the worst failing rows among those judged, at most one of each case."""
    judgement = one.judgement
    order = np.argsort(-judgement.severity, kind="stable")
    failing = order[judgement.failed[order]]
    _, first = np.unique(one.cases[failing], return_index=True)
    return failing[np.sort(first)][:_MAX_EXAMPLES]


def _example(target: Categories, one: _Judged, place: int) -> dict[str, Any]:
    """One failing row in words and numbers."""
    judgement, behaviour = one.judgement, one.behaviour
    row, original = int(judgement.rows[place]), int(judgement.originals[place])
    compared = None if original < 0 else _stated(target, one, original)
    return {
        **_stated(target, one, row),
        "accepted": _accepted(target, behaviour, row),
        "original": compared,
        "shift": None if np.isnan(judgement.shift[place]) else float(judgement.shift[place]),
    }


def _stated(target: Categories, one: _Judged, row: int) -> dict[str, Any]:
    decided = int(one.probabilities[row].argmax())
    return {
        "text": str(one.behaviour.texts[row]),
        "decided": target.names[decided],
        "confidence": float(one.probabilities[row, decided]),
    }


def _accepted(target: Categories, behaviour: Behaviour, row: int) -> list[str]:
    if not isinstance(behaviour.expectation, MinimumFunctionality):
        return []
    return [target.names[index] for index in np.flatnonzero(behaviour.expectation.accepted[row])]
