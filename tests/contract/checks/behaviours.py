"""Check of the behaviour tests: rows that a model can read, and failures that are counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from shared.contract.behaviours import Behaviour, Direction, Invariance, MinimumFunctionality
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
)
from shared.run.directory import RunDirectory
from shared.targets import Categories
from shared.targets.calibration import calibrate
from tests.contract.case import Case
from tests.contract.comparing import equal_rows

__all__ = ["check_behaviours"]


def check_behaviours(case: Case) -> None:
    """The same tests each time, of rows like those that `decode` gives.

    `metrics.json` counts the failures that the scores show.
    """
    target = case.splits.target
    suite, again = (case.pipeline.behaviours(case.config, target) for _ in range(2))
    assert suite.tests.keys() == again.tests.keys(), "behaviours gave other tests when asked again"
    for name, behaviour in suite.tests.items():
        _check_rows(name, behaviour, again.tests[name], case)
    document = case.run("evaluate").read_json("metrics.json", maker="evaluate")
    if not isinstance(target, Categories):
        assert not suite.tests, "behaviour tests are about classes, and this pipeline forecasts"
        return
    found = {entry["test"]: entry for entry in document["behaviours"]["tests"]}
    assert found.keys() == suite.tests.keys(), (
        f"metrics.json has the behaviour tests {sorted(found)}, the pipeline {sorted(suite.tests)}"
    )
    for name, behaviour in suite.tests.items():
        probabilities = _probabilities(case.run("evaluate"), target, name)
        _check_failures(name, found[name], _failures(behaviour, probabilities))
        _check_fillers(name, behaviour, probabilities, document["behaviours"]["fillers"])


def _check_failures(name: str, entry: dict[str, Any], failures: list[bool]) -> None:
    assert entry["n"] == len(failures), (
        f"{name}: n is {entry['n']}, but {len(failures)} rows can fail"
    )
    share = sum(failures) / len(failures)
    assert abs(entry["value"] - share) < 1e-9, (
        f"{name}: {share:.4g} of the rows fail, metrics.json says {entry['value']}"
    )
    assert entry["ci_low"] <= share <= entry["ci_high"], (
        f"{name}: the interval does not hold {share:.4g}"
    )
    assert bool(entry["examples"]) == any(failures), (
        f"{name}: a failing example must be shown where there is one"
    )


def _check_rows(name: str, behaviour: Behaviour, again: Behaviour, case: Case) -> None:
    assert equal_rows(behaviour.rows, again.rows), (
        f"behaviour test {name}: other rows when asked again"
    )
    like = case.rows(1)
    assert behaviour.rows.keys() == like.keys(), (
        f"behaviour test {name}: rows hold {sorted(behaviour.rows)}, decode gives {sorted(like)}"
    )
    for key, values in behaviour.rows.items():
        fits = values.shape[1:] == like[key].shape[1:] and values.dtype.kind == like[key].dtype.kind
        assert fits, (
            f"behaviour test {name}: {key!r} is {values.dtype} {values.shape[1:]}, decode gives"
            f" {like[key].dtype}"
        )
    assert len(behaviour.describe) > 10, (
        f"behaviour test {name} must say in a sentence what it tests"
    )
    keys = list(zip(behaviour.cases.tolist(), behaviour.texts.tolist(), strict=True))
    assert len(set(keys)) == len(keys), (
        f"behaviour test {name}: a row stands in a case twice, which counts it twice"
    )


def _check_fillers(
    name: str, behaviour: Behaviour, probabilities: Any, entries: list[dict[str, Any]]
) -> None:
    """Every group of every attribute once, with its rows, and the mean of their distances from the mean of their case."""
    fillers = behaviour.expectation.fillers if isinstance(behaviour.expectation, Invariance) else {}
    found = {
        (entry["attribute"], entry["group"]): entry for entry in entries if entry["test"] == name
    }
    expected = {
        (attribute, group) for attribute, groups in fillers.items() for group in groups.tolist()
    }
    assert found.keys() == expected, (
        f"{name}: metrics.json has the groups {sorted(found)}, the test {sorted(expected)}"
    )
    for (attribute, group), entry in found.items():
        rows = np.flatnonzero(fillers[attribute] == group)
        assert entry["n"] == len(rows), (
            f"{name}, {group}: n is {entry['n']}, but {len(rows)} rows mention it"
        )
        watched = probabilities[:, getattr(behaviour.expectation, "watched", 0)]
        shift = np.mean(
            [watched[row] - watched[behaviour.cases == behaviour.cases[row]].mean() for row in rows]
        )
        assert abs(entry["shift"]["value"] - shift) < 1e-9, (
            f"{name}, {group}: moves by {shift:.4g}, not by {entry['shift']['value']}"
        )


def _probabilities(run: RunDirectory, target: Categories, name: str) -> Any:
    table = run.read_table("predictions/behaviours.parquet", maker="predict")
    scores = np.stack(table.loc[table["test"] == name, "scores"].tolist()).astype(np.float32)
    return target.probabilities(calibrate(CalibrationRecord.read(run).calibration, scores))


def _failures(behaviour: Behaviour, probabilities: Any) -> list[bool]:
    """Row by row, as slowly and plainly as the definitions read."""
    failures = []
    for row, case in enumerate(behaviour.cases.tolist()):
        same = np.flatnonzero(behaviour.cases == case)
        decided = int(probabilities[row].argmax())
        match behaviour.expectation:
            case MinimumFunctionality(accepted=accepted):
                failures.append(not accepted[row, decided])
            case Invariance(fillers=fillers) if fillers:
                failures.append(decided != int(probabilities[same].mean(axis=0).argmax()))
            case Invariance() if row != same[0]:
                failures.append(decided != int(probabilities[same[0]].argmax()))
            case Direction(classes=classes, moves=moves, tolerance=tolerance) if row != same[0]:
                risen = probabilities[row, classes[row]] - probabilities[same[0], classes[row]]
                failures.append(bool((risen if moves == "rise" else -risen) < -tolerance))
    return failures
