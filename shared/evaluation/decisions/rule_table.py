"""What each decision rule gives on the test split, all chosen on validation."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.metrics.decision_entries import RuleOutcome, WorstRecall
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.category_statistics import decision_statistic
from shared.statistics.shares import ShareEstimate, clustered_share
from shared.targets import Categories
from shared.targets.decision import (
    DecisionRule,
    LowestCost,
    MostProbable,
    PriorAdjusted,
    Screening,
)
from shared.targets.predictions import Predictions

__all__ = ["rule_table"]


def rule_table(
    target: Categories,
    predictions: Predictions,
    record: CalibrationRecord,
    costs: tuple[tuple[float, ...], ...] | None,
    resampling: Resampling,
) -> tuple[RuleOutcome, ...]:
    """One entry for each rule that validation considered; the deployed one is marked.

    All are seen on the same resamples, those of the metrics.

    Args:
        target: The kind of target.
        predictions: Calibrated scores beside the truth.
        record: The rules.
        costs: Cost of deciding (column) when the truth is (row); None if nobody stated them.
        resampling: Of entities.
    """
    codes, num_entities = entity_codes(predictions.entities)
    outcomes = []
    for rule in record.considered_decisions:
        deciding = target.deciding_by(rule)
        statistic = decision_statistic(deciding, predictions, codes, num_entities, costs)
        found = estimates([statistic], num_entities, resampling)
        outcome = RuleOutcome(
            kind=rule.kind,
            describe=_describe(rule, target),
            is_deployed=rule == record.decision,
            accuracy=found["accuracy"],
            balanced_accuracy=found["balanced_accuracy"],
            worst_recall=_worst_recall(deciding, predictions, codes, resampling.confidence),
            cost=found.get("cost"),
        )
        outcomes.append(outcome)
    return tuple(outcomes)


def _worst_recall(
    target: Categories, predictions: Predictions, codes: NDArray[np.int64], confidence: float
) -> WorstRecall:
    right = (target.decide(predictions.scores) == predictions.targets).astype(np.float64)
    recalls: dict[str, ShareEstimate] = {}
    for c, name in enumerate(target.names):
        of_class = predictions.targets == c
        if of_class.any():
            recalls[name] = clustered_share(right[of_class], codes[of_class], confidence)
    worst = min(recalls, key=lambda name: recalls[name].value or 0.0)
    return WorstRecall(**dict(recalls[worst]), class_name=worst)


def _describe(rule: DecisionRule, target: Categories) -> str:
    match rule:
        case MostProbable():
            return "most probable class"
        case PriorAdjusted():
            return f"balanced: largest log p − {rule.tau:g} log π"
        case LowestCost():
            return "lowest expected cost"
        case Screening():
            goal = "at least" if rule.goal == "sensitivity" else "at most"
            return (
                f"{target.names[rule.class_index]} from p = {rule.threshold:.3g} on"
                f" ({rule.goal} {goal} {rule.requested:.3g}), else the most probable other class"
            )
        case _:
            assert_never(rule)
