"""All tables of a classification besides its metrics: classes, and the rules of validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.config import CalibrateConfig
from shared.evaluation.decisions.category_tables import class_table
from shared.evaluation.decisions.cost_table import cost_table
from shared.evaluation.decisions.decision_tables import (
    abstention_table,
    operating_point_table,
    set_table,
)
from shared.evaluation.decisions.deployment_tables import prevalence_table
from shared.evaluation.decisions.reliability_tables import class_reliability, reliability_table
from shared.evaluation.decisions.rule_table import rule_table
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.metrics.decision_entries import CostTable, PrevalenceTable
from shared.run.artefacts.metrics.metrics_file import ClassificationTables
from shared.statistics.bootstrap import Resampling
from shared.statistics.intervals import Estimate
from shared.targets import Categories
from shared.targets.class_shares import trained_shares
from shared.targets.confusion import count_confusion
from shared.targets.predictions import Predictions

__all__ = ["DecisionSettings", "classification_tables"]


@dataclass(frozen=True)
class DecisionSettings:
    """What decisions rest on besides the model.

    Attributes:
        record: What validation chose.
        config: Costs and prevalences of the place of work.
        class_counts: Rows of each class in the training split.
    """

    record: CalibrationRecord
    config: CalibrateConfig
    class_counts: Mapping[str, int]


def classification_tables(
    target: Categories,
    test: Predictions,
    measured: Mapping[str, Estimate],
    settings: DecisionSettings,
    resampling: Resampling,
) -> ClassificationTables:
    """Tables of classes and of decisions; None where the configuration asks for none.

    Args:
        target: The kind of target.
        test: Calibrated scores beside the truth, finite.
        measured: What was measured of these rows, by measure.
        settings: Of decisions.
        resampling: Of entities.
    """
    level = resampling.confidence
    record = settings.record
    confusion = count_confusion(test.targets, target.decide(test.scores), len(target.names))
    sets = None
    abstention = None
    if record.sets is not None:
        sets = set_table(target, test, record.sets, resampling)
        abstention = abstention_table(target, test, record, resampling)
    points = record.operating_points
    alarms = operating_point_table(target, test, points, settings.config.decisions_per_hour, level)
    rules = rule_table(target, test, record, settings.config.costs, resampling)
    return ClassificationTables(
        confusion=confusion.tolist(),
        classes=class_table(target, test, measured, resampling),
        reliability=reliability_table(target, test, level),
        class_reliability=class_reliability(target, test, level),
        sets=sets,
        abstention=abstention,
        operating_points=alarms,
        decision_rules=rules,
        costs=_costs(target, test, settings, resampling),
        prevalence=_prevalence(target, test, settings, resampling),
    )


def _prevalence(
    target: Categories, test: Predictions, settings: DecisionSettings, resampling: Resampling
) -> PrevalenceTable | None:
    trained = trained_shares(target, settings.class_counts)
    points = settings.record.operating_points
    return prevalence_table(target, test, settings.config, trained, points, resampling)


def _costs(
    target: Categories, test: Predictions, settings: DecisionSettings, resampling: Resampling
) -> CostTable | None:
    """At the class shares of the test split; the constant is chosen on the training split."""
    costs = settings.config.costs
    if costs is None:
        return None
    trained = trained_shares(target, settings.class_counts)
    return cost_table(target, test, costs, shares=trained, mix=None, resampling=resampling)
