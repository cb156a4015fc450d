"""What the rules of `calibration.json` do on the test split: conformal sets, abstention, alarms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets
from shared.evaluation.claims import Claim, Promise
from shared.run.artefacts.calibration_file import CalibrationRecord, OperatingPoint, SetRule
from shared.run.artefacts.metrics.decision_entries import (
    Abstention,
    ClassAnswers,
    ClassSets,
    ConformalSets,
    OperatingPointEntry,
    RiskPoint,
    SizeSets,
)
from shared.statistics.bootstrap import Resampling, entities_per_class, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic, risk_area_statistic
from shared.statistics.shares import ShareEstimate, clustered_share, column_shares
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["abstention_table", "operating_point_table", "set_table"]

_CURVE_POINTS = 20
_MET: dict[Claim, str] = {"shown": "met", "not shown": "inconclusive", "contradicted": "missed"}


def set_table(
    target: Categories, predictions: Predictions, rule: SetRule, resampling: Resampling
) -> ConformalSets:
    """How many conformal sets hold the truth: over all rows, each class and each size.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        rule: As chosen on validation.
        resampling: Of entities, for the mean sizes.
    """
    decided = target.decide(predictions.scores)
    probabilities = target.probabilities(predictions.scores)
    sets = class_sets(probabilities, np.asarray(rule.thresholds), decided)
    sizes = sets.sum(axis=-1)
    holds = sets[np.arange(len(predictions)), predictions.targets].astype(np.float64)
    in_class = predictions.targets[:, None] == np.arange(len(target.names))
    present_sizes = np.unique(sizes).tolist()
    of_size = sizes[:, None] == np.array(present_sizes)
    everyone = np.ones((len(holds), 1), dtype=np.bool_)
    columns = _within(holds, np.hstack([everyone, in_class, of_size]))
    overall, *shares = column_shares(columns, predictions.entities, resampling.confidence)
    by_class = shares[: len(target.names)]
    by_size = shares[len(target.names) :]
    mean_size, *class_sizes = _mean_sizes(sizes, in_class, predictions, resampling)
    of_classes = zip(target.names, by_class, class_sizes, strict=True)
    of_sizes = zip(present_sizes, by_size, strict=True)
    return ConformalSets(
        nominal=rule.coverage,
        by=rule.by,
        thresholds=rule.thresholds,
        coverage=overall,
        mean_size=mean_size,
        classes=tuple(
            ClassSets(**dict(share), name=name, mean_size=size) for name, share, size in of_classes
        ),
        sizes=tuple(SizeSets(**dict(share), size=size) for size, share in of_sizes),
    )


def abstention_table(
    target: Categories, predictions: Predictions, record: CalibrationRecord, resampling: Resampling
) -> Abstention:
    """Error share of what is answered when the least confident rows are deferred.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        record: The threshold chosen on validation.
        resampling: Of entities, for the areas under the curve.
    """
    confidence = target.confidence(predictions.scores)
    errors = target.row_errors(predictions)["error"]
    codes, num_entities = entity_codes(predictions.entities)
    rankings = {"area": confidence, "best_area": -errors}
    statistics = [
        risk_area_statistic(name, ranking, errors, codes, num_entities)
        for name, ranking in rankings.items()
    ]
    areas = estimates(statistics, num_entities, resampling)
    answers: dict[str, Any] = {"answered": None, "error_share": None}
    if record.abstain_below is not None:
        is_answered = confidence >= record.abstain_below
        answers = _answers(target, predictions, is_answered, errors, resampling.confidence)
    return Abstention(
        requested_error_share=record.max_error_share,
        threshold=record.abstain_below,
        why_always=record.why_always_abstains,
        curve=_risk_curve(confidence, errors, codes, resampling.confidence),
        area=areas["area"],
        best_area=areas["best_area"],
        **answers,
    )


def operating_point_table(
    target: Categories,
    predictions: Predictions,
    points: tuple[OperatingPoint, ...],
    decisions_per_hour: float | None,
    confidence: float,
) -> tuple[OperatingPointEntry, ...]:
    """Rates of each operating point on the test split, and whether they meet what was asked for.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        points: As chosen on validation.
        decisions_per_hour: Rows that are decided an hour; gives `false_alarms_per_hour`, as if none
            of them was of the class.
        confidence: Level of the intervals, in (0, 1).
    """
    probabilities = target.probabilities(predictions.scores)
    entries = []
    for point in points:
        entry = OperatingPointEntry(
            class_name=target.names[point.class_index],
            goal=point.goal,
            requested=point.requested,
            threshold=point.threshold,
        )
        if point.threshold is not None:
            alarm = probabilities[:, point.class_index] >= point.threshold
            positive = predictions.targets == point.class_index
            rates = _alarm_rates(alarm, positive, predictions.entities, confidence)
            per_hour = _per_hour(rates["false_alarm_share"], decisions_per_hour)
            further = {
                "false_alarms_per_hour": per_hour,
                "decisions_per_hour": decisions_per_hour,
                "verdict": _verdict(point, rates),
            }
            entry = entry.model_copy(update={**rates, **further})
        entries.append(entry)
    return tuple(entries)


def _answers(
    target: Categories,
    predictions: Predictions,
    is_answered: NDArray[np.bool_],
    errors: NDArray[np.float64],
    level: float,
) -> dict[str, Any]:
    """What is answered, and what of it is wrong: of all rows, and of each true class."""
    in_class = predictions.targets[:, None] == np.arange(len(target.names))
    kept = np.hstack([is_answered[:, None], in_class & is_answered[:, None]])
    answered, wrong, *of_classes = column_shares(
        np.hstack([is_answered[:, None].astype(np.float64), _within(errors, kept)]),
        predictions.entities,
        level,
    )
    named = zip(target.names, of_classes, strict=True)
    classes = tuple(ClassAnswers(**dict(share), name=name) for name, share in named)
    return {"answered": answered, "error_share": wrong, "classes": classes}


def _risk_curve(
    confidence: NDArray[np.float64],
    errors: NDArray[np.float64],
    codes: NDArray[np.int64],
    level: float,
) -> tuple[RiskPoint, ...]:
    order = np.argsort(-confidence, kind="stable")
    num_rows = len(order)
    points = []
    for step in range(1, _CURVE_POINTS + 1):
        kept = order[: max(1, round(num_rows * step / _CURVE_POINTS))]
        share = clustered_share(errors[kept], codes[kept], level)
        points.append(RiskPoint(**dict(share), coverage=len(kept) / num_rows))
    return tuple(points)


def _mean_sizes(
    sizes: NDArray[np.int64],
    in_class: NDArray[np.bool_],
    predictions: Predictions,
    resampling: Resampling,
) -> list[Estimate]:
    """The mean size of a set, over all rows and then within each class."""
    codes, num_entities = entity_codes(predictions.entities)
    num_classes = in_class.shape[1]
    everyone = np.ones((len(sizes), 1), dtype=np.bool_)
    columns = _within(sizes.astype(np.float64), np.hstack([everyone, in_class]))
    of_classes = entities_per_class(predictions.targets, codes, num_classes).tolist()
    measures = [
        Measure(str(column), behind, 1.0, float(num_classes))
        for column, behind in enumerate([num_entities, *of_classes])
    ]
    statistic = mean_statistic(measures, columns, codes, num_entities)
    found = estimates([statistic], num_entities, resampling)
    return [found[measure.name] for measure in measures]


def _alarm_rates(
    alarm: NDArray[np.bool_],
    positive: NDArray[np.bool_],
    entities: NDArray[np.str_],
    confidence: float,
) -> dict[str, ShareEstimate]:
    denominators = {
        "sensitivity": positive,
        "specificity": ~positive,
        "positive_predictive_value": alarm,
        "negative_predictive_value": ~alarm,
    }
    right = (alarm == positive).astype(np.float64)
    columns = _within(right, np.stack(list(denominators.values()), axis=1))
    shares = column_shares(columns, entities, confidence)
    rates = dict(zip(denominators, shares, strict=True))
    return rates | {"false_alarm_share": _complement(rates["specificity"])}


def _complement(share: ShareEstimate) -> ShareEstimate:
    mirrored = {"value": share.value, "ci_low": share.ci_high, "ci_high": share.ci_low}
    changed = {name: None if end is None else 1.0 - end for name, end in mirrored.items()}
    return share.model_copy(update=changed)


def _per_hour(share: ShareEstimate, decisions_per_hour: float | None) -> Estimate | None:
    if decisions_per_hour is None:
        return None
    ends = {"value": share.value, "ci_low": share.ci_low, "ci_high": share.ci_high}
    scaled = {name: None if end is None else end * decisions_per_hour for name, end in ends.items()}
    return Estimate(**scaled, note=share.note)


def _verdict(point: OperatingPoint, rates: dict[str, ShareEstimate]) -> str:
    """What was asked for on validation, held against the test split."""
    if point.goal == "sensitivity":
        promise = Promise(low=point.requested)
        interval = rates["sensitivity"].interval
    else:
        promise = Promise(high=point.requested)
        interval = rates["false_alarm_share"].interval
    if interval is None:
        return "not known"
    return _MET[promise.judge(interval)]


def _within(values: NDArray[np.float64], columns: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each column's rows keep their value, all others become NaN."""
    return np.where(columns, values[:, None], np.nan)
