"""What the rules of `calibration.json` do on the test split.

Conformal sets, abstention, operating points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets
from shared.run.artefacts.calibration_file import CalibrationRecord, OperatingPoint, SetRule
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.class_entities import entities_per_class
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.statistics.number import estimate_fields
from shared.statistics.risk_area import risk_area_statistic
from shared.statistics.shares import share_table
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["abstention_table", "operating_point_table", "set_table"]

_CURVE_POINTS = 20


def set_table(
    target: Categories, predictions: Predictions, rule: SetRule, resampling: Resampling
) -> dict[str, Any]:
    """Conformal sets on the test split.

    How many hold the truth, over all rows, for each class and each size; and how large they are.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        rule: As chosen on validation.
        resampling: Of entities.
    """
    sets = class_sets(target.probabilities(predictions.scores), np.asarray(rule.thresholds))
    sizes, rows = sets.sum(axis=-1), np.arange(len(predictions))
    holds = sets[rows, predictions.targets].astype(np.float64)
    in_class = predictions.targets[:, None] == np.arange(len(target.names))
    present_sizes = np.unique(sizes)
    of_size = sizes[:, None] == present_sizes
    columns = np.concatenate(
        [holds[:, None], _within(holds, in_class), _within(holds, of_size)], axis=1
    )
    shares = share_table(columns, predictions.entities, resampling)
    by_class, by_size = shares[1 : 1 + len(target.names)], shares[1 + len(target.names) :]
    mean_sizes = _mean_sizes(sizes, in_class, predictions, resampling)
    return {
        "promised": rule.coverage,
        "by": rule.by,
        "thresholds": list(rule.thresholds),
        "coverage": shares[0],
        "mean_size": mean_sizes[0],
        "classes": [
            {"name": name, "mean_size": mean_sizes[1 + c], **by_class[c]}
            for c, name in enumerate(target.names)
        ],
        "sizes": [{"size": int(size), **by_size[i]} for i, size in enumerate(present_sizes)],
    }


def abstention_table(
    target: Categories, predictions: Predictions, record: CalibrationRecord, resampling: Resampling
) -> dict[str, Any]:
    """Error share of what is answered, when the least confident rows are handed on.

    The curve, and the threshold chosen on validation.

    `area` is the mean error share over all coverages, `best_area` that of a ranking which puts all
    errors last.
    """
    confidence = target.confidence(predictions.scores)
    errors = target.row_errors(predictions)["error"]
    order = np.argsort(-confidence, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    kept = [
        max(1, round(len(order) * (point + 1) / _CURVE_POINTS)) for point in range(_CURVE_POINTS)
    ]
    columns = np.stack([np.where(rank < number, errors, np.nan) for number in kept], axis=1)
    risks = share_table(columns, predictions.entities, resampling)
    curve = [
        {"coverage": number / len(order)} | risk for number, risk in zip(kept, risks, strict=True)
    ]
    return {
        "requested_error_share": record.max_error_share,
        "threshold": record.abstain_below,
        "curve": curve,
        **_risk_areas(confidence, errors, predictions, resampling),
        **_at_threshold(confidence, errors, record.abstain_below, predictions, resampling),
    }


def operating_point_table(
    target: Categories,
    predictions: Predictions,
    points: tuple[OperatingPoint, ...],
    decisions_per_hour: float | None,
    resampling: Resampling,
) -> list[dict[str, Any]]:
    """Sensitivity, specificity, false alarms and predictive values of each operating point on the test split, and its promise.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        points: As chosen on validation.
        decisions_per_hour: Rows that are decided an hour; gives `false_alarms_per_hour`, as if none
            of them was of the class.
        resampling: Of entities.

    Returns:
        For each point `class`, `goal`, `requested`, `threshold`; unless that is null the rates,
        each with n and interval, and `promise`: "kept" or "broken" where the interval of what was
        promised lies on that side of it, else "inconclusive".
    """
    probabilities = target.probabilities(predictions.scores)
    table = []
    for point in points:
        entry: dict[str, Any] = {
            "class": target.names[point.class_index],
            **point.model_dump(exclude={"class_index"}),
        }
        if point.threshold is not None:
            alarm = probabilities[:, point.class_index] >= point.threshold
            rates = _alarm_rates(
                alarm, predictions.targets == point.class_index, predictions.entities, resampling
            )
            entry |= (
                rates
                | _per_hour(rates["false_alarm_share"], decisions_per_hour)
                | {"promise": _promise(point, rates)}
            )
        table.append(entry)
    return table


def _mean_sizes(
    sizes: NDArray[np.int64],
    in_class: NDArray[np.bool_],
    predictions: Predictions,
    resampling: Resampling,
) -> list[dict[str, Any]]:
    """The mean size of a set with its interval, over all rows and then within each class."""
    codes, num_entities = entity_codes(predictions.entities)
    columns = np.concatenate(
        [sizes[:, None].astype(np.float64), _within(sizes.astype(np.float64), in_class)], axis=1
    )
    behind = [
        num_entities,
        *entities_per_class(predictions.targets, codes, in_class.shape[1]).tolist(),
    ]
    measures = [
        Measure(str(column), of_column, 1.0, float(in_class.shape[1]))
        for column, of_column in enumerate(behind)
    ]
    found = estimates(
        [mean_statistic(measures, columns, codes, num_entities)], num_entities, resampling
    )
    return [estimate_fields(found[measure.name]) for measure in measures]


def _alarm_rates(
    alarm: NDArray[np.bool_],
    positive: NDArray[np.bool_],
    entities: NDArray[np.str_],
    resampling: Resampling,
) -> dict[str, Any]:
    names = ("sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value")
    right = (alarm == positive).astype(np.float64)
    columns = np.stack(
        [np.where(counted, right, np.nan) for counted in (positive, ~positive, alarm, ~alarm)],
        axis=1,
    )
    rates = dict(zip(names, share_table(columns, entities, resampling), strict=True))
    return rates | {"false_alarm_share": _complement(rates["specificity"])}


def _complement(share: dict[str, Any]) -> dict[str, Any]:
    mirrored = {"value": "value", "ci_low": "ci_high", "ci_high": "ci_low"}
    return share | {
        name: None if share[other] is None else 1.0 - share[other]
        for name, other in mirrored.items()
    }


def _per_hour(share: dict[str, Any], decisions_per_hour: float | None) -> dict[str, Any]:
    if decisions_per_hour is None:
        return {}
    ends = {
        name: None if share[name] is None else share[name] * decisions_per_hour
        for name in ("value", "ci_low", "ci_high")
    }
    return {"false_alarms_per_hour": share | ends, "decisions_per_hour": decisions_per_hour}


def _promise(point: OperatingPoint, rates: dict[str, Any]) -> str:
    """What was asked for on validation, held against the test split."""
    found, at_least = (
        (rates["sensitivity"], True)
        if point.goal == "sensitivity"
        else (rates["false_alarm_share"], False)
    )
    if found["ci_low"] is None:
        return "not known"
    is_above, is_below = found["ci_low"] >= point.requested, found["ci_high"] <= point.requested
    if not (is_above or is_below):
        return "inconclusive"
    return "kept" if is_above == at_least else "broken"


def _at_threshold(
    confidence: NDArray[np.float64],
    errors: NDArray[np.float64],
    threshold: float | None,
    predictions: Predictions,
    resampling: Resampling,
) -> dict[str, Any]:
    if threshold is None:
        return {"answered": None, "error_share": None}
    answered = confidence >= threshold
    columns = np.stack([answered.astype(np.float64), np.where(answered, errors, np.nan)], axis=1)
    shares = share_table(columns, predictions.entities, resampling)
    return {"answered": shares[0], "error_share": shares[1]}


def _risk_areas(
    confidence: NDArray[np.float64],
    errors: NDArray[np.float64],
    predictions: Predictions,
    resampling: Resampling,
) -> dict[str, Any]:
    codes, num_entities = entity_codes(predictions.entities)
    rankings = {"area": confidence, "best_area": -errors}
    statistics = [
        risk_area_statistic(name, ranking, errors, codes, num_entities)
        for name, ranking in rankings.items()
    ]
    return {
        name: estimate_fields(found)
        for name, found in estimates(statistics, num_entities, resampling).items()
    }


def _within(values: NDArray[np.float64], columns: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each column's rows keep their value, all others become NaN."""
    return np.where(columns, values[:, None], np.nan)
