"""Two runs on the same test rows.

Which is better, in which metric, and whether that is more than chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.evaluation.measure import (
    gives_the_same,
    metric_statistics,
    observed_rows,
    score_problem,
)
from shared.evaluation.paired_tests import paired_tests
from shared.run.artefacts.calibration_file import (
    read_calibrated_predictions,
    read_deciding_target,
)
from shared.run.artefacts.data.record import DataRecord
from shared.run.directory import RunDirectory
from shared.statistics.areas import area_difference, area_estimate, difference_estimate
from shared.statistics.bootstrap import (
    Resampling,
    difference_estimates,
    draw,
    entity_codes,
    statistic_estimates,
)
from shared.statistics.class_ranking import average_precision_name, class_areas
from shared.statistics.intervals import Estimate, Interval
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions

__all__ = ["RunPair", "compare_runs", "read_pair"]

_Verdict = Literal["first", "second", "equal", "inconclusive", "not known"]

_Sides = dict[str, Estimate]
"""`first`, `second` and `difference`, which is first minus second."""


@dataclass(frozen=True)
class RunPair:
    """Predictions of both runs for the same rows, in the same order.

    Each run decides by its own rule, so that the targets may differ in it.

    Attributes:
        target: As the first run decides.
        first: Its calibrated test predictions.
        second: The other run's.
        second_target: As the second run decides.
    """

    target: Target
    first: Predictions
    second: Predictions
    second_target: Target

    @property
    def has_same_scores(self) -> bool:
        """Whether both runs give the same scores, however they decide."""
        return gives_the_same(self.first, self.second)


def compare_runs(
    first: RunDirectory, second: RunDirectory, resampling: Resampling
) -> dict[str, Any]:
    """Every metric of both runs, their difference on the same resamples, and paired tests.

    Args:
        first: A run with predictions and calibration.
        second: Another run with the same test split.
        resampling: Of entities.

    Returns:
        `n`, `num_entities`, `confidence`, `metrics` (each with `first`, `second`, `difference`,
        `unit`, `better`, `verdict`), `overall` (`verdict`, `primary_metric` and the metrics that
        speak `for_first` and `for_second`), `classes` (the areas of each class against the rest;
        empty for forecasts) and `paired_tests`, adjusted together (Holm).

    Raises:
        DataError: The test splits differ, or scores are not finite.
        MissingArtefactError: A run lacks predictions or calibration.
    """
    pair = read_pair(first, second)
    choice = dict.fromkeys(pair.target.describe(), "second")
    found = _measured(pair, resampling)
    metrics = {}
    for name, info in pair.target.describe().items():
        verdict = _verdict(found[name]["difference"], info.better)
        facts = {"unit": info.unit, "better": info.better, "verdict": verdict}
        metrics[name] = _fields(found[name]) | facts
    tests = paired_tests(
        pair.target,
        pair.first,
        {"second": pair.second},
        choice,
        resampling.seed,
        target_of_others=pair.second_target,
    )
    return {
        "n": len(pair.first),
        "num_entities": entity_codes(pair.first.entities)[1],
        "confidence": resampling.confidence,
        "metrics": metrics,
        "overall": _overall(pair.target.primary_metric, metrics),
        "classes": _classes(pair, found, resampling.confidence),
        "paired_tests": tests.model_dump(),
    }


def _measured(pair: RunPair, resampling: Resampling) -> dict[str, _Sides]:
    """Each metric, and each part of one, of both runs and their difference."""
    codes, num_entities = entity_codes(pair.first.entities)
    sides = [
        metric_statistics(pair.target, pair.first, codes, num_entities),
        metric_statistics(pair.second_target, pair.second, codes, num_entities),
    ]
    drawn = [draw(statistics, num_entities, resampling) for statistics in sides]
    level = resampling.confidence
    found: dict[str, _Sides] = {}
    for i, statistic in enumerate(sides[0]):
        choice = {measure.name: "second" for measure in statistic.measures}
        first = statistic_estimates(statistic, drawn[0][i], level)
        second = statistic_estimates(sides[1][i], drawn[1][i], level)
        differences = difference_estimates(
            statistic,
            drawn[0][i],
            {"second": drawn[1][i]},
            choice,
            level,
            same={"second"} if pair.has_same_scores else (),
        )
        for name, difference in differences.items():
            found[name] = {
                "first": first[name],
                "second": second[name],
                "difference": difference,
            }
    return found


def _classes(pair: RunPair, found: Mapping[str, _Sides], confidence: float) -> list[dict[str, Any]]:
    """Of each scored class `name`, `n`, `auc` and `average_precision`; empty for forecasts."""
    if not isinstance(pair.target, Categories):
        return []
    first = class_areas(pair.target, pair.first)
    second = class_areas(pair.target, pair.second)
    rows = []
    for c, area in first.items():
        name = pair.target.names[c]
        difference = difference_estimate(area_difference(area, second[c]), confidence)
        if pair.has_same_scores and difference.value is not None:
            difference = Estimate.of_equals()
        areas = {
            "first": area_estimate(area, confidence),
            "second": area_estimate(second[c], confidence),
            "difference": difference,
        }
        row = {
            "name": name,
            "n": int((pair.first.targets == c).sum()),
            "auc": _fields(areas),
            "average_precision": _fields(found[average_precision_name(name)]),
        }
        rows.append(row)
    return rows


def _fields(sides: _Sides) -> dict[str, Any]:
    return {name: estimate.model_dump() for name, estimate in sides.items()}


def _verdict(difference: Estimate, better: str) -> _Verdict:
    interval = difference.interval
    if interval is None:
        return "not known"
    if interval == Interval(0.0, 0.0):
        return "equal"
    if interval.low <= 0.0 <= interval.high:
        return "inconclusive"
    return "first" if (interval.low > 0.0) == (better == "higher") else "second"


def _overall(primary: str, metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Which run is better, all metrics considered.

    The primary metric decides, unless any other metric surely speaks for the other run: "mixed".
    """
    speaking = {
        side: [name for name, entry in metrics.items() if entry["verdict"] == side]
        for side in ("first", "second")
    }
    is_mixed = all(speaking.values())
    return {
        "verdict": "mixed" if is_mixed else metrics[primary]["verdict"],
        "primary_metric": primary,
        "for_first": speaking["first"],
        "for_second": speaking["second"],
    }


def read_pair(first: RunDirectory, second: RunDirectory) -> RunPair:
    """The calibrated test predictions of two runs, row by row.

    Args:
        first: A run with predictions and calibration.
        second: Another run with the same test split.

    Raises:
        DataError: The test splits differ, or scores are not finite.
        MissingArtefactError: A run lacks predictions or calibration.
    """
    targets = [DataRecord.read(run).target for run in (first, second)]
    if targets[0] != targets[1]:
        raise DataError(
            f"{first.path} and {second.path} predict different things: {_say(targets[0])} and"
            f" {_say(targets[1])}."
        )
    ours, theirs = (
        observed_rows(targets[0], read_calibrated_predictions(run, "test"))
        for run in (first, second)
    )
    order = _match(ours, theirs, first, second)
    theirs = theirs.take(order)
    different = ~_same_targets(ours.targets, theirs.targets)
    if different.any():
        row = int(np.flatnonzero(different)[0])
        raise DataError(
            f"The test row {str(ours.ids[row])!r} has another truth in {second.path} than in"
            f" {first.path}: their data differ, so a difference of the numbers would say nothing"
            " about the models."
        )
    for run, predictions in ((first, ours), (second, theirs)):
        if problem := score_problem(predictions):
            raise DataError(f"{run.path}: {problem}")
    return RunPair(read_deciding_target(first), ours, theirs, read_deciding_target(second))


def _match(
    ours: Predictions, theirs: Predictions, first: RunDirectory, second: RunDirectory
) -> NDArray[np.int64]:
    """Where each of our rows stands in theirs."""
    place = {name: row for row, name in enumerate(theirs.ids.tolist())}
    missing = [name for name in ours.ids.tolist() if name not in place]
    if missing or len(ours) != len(theirs):
        example = (
            missing[0]
            if missing
            else next(name for name in theirs.ids.tolist() if name not in set(ours.ids.tolist()))
        )
        raise DataError(
            f"The test splits of {first.path} (n = {len(ours)}) and {second.path} (n ="
            f" {len(theirs)}) differ, for example in the row {example!r}. Compare runs on the same"
            " data, split and seed."
        )
    return np.array([place[name] for name in ours.ids.tolist()], dtype=np.int64)


def _same_targets(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.bool_]:
    # Not observed in both is the same.
    same = (first == second) | ((first != first) & (second != second))
    return np.asarray(same.reshape(len(first), -1).all(axis=1))


def _say(target: Target) -> str:
    names = target.names if isinstance(target, Categories) else target.channels
    return f"{target.kind} {', '.join(names)}"
