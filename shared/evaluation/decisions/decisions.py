"""All tables of a classification besides its metrics: classes, and the rules of validation."""

from __future__ import annotations

from collections.abc import Mapping

from shared.config import CalibrateConfig
from shared.evaluation.decisions.category_tables import class_table
from shared.evaluation.decisions.cost_table import cost_table
from shared.evaluation.decisions.decision_tables import (
    abstention_table,
    operating_point_table,
    set_table,
)
from shared.evaluation.decisions.deployment_tables import prevalence_table, trained_shares
from shared.evaluation.decisions.reliability_tables import class_reliability, reliability_table
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.metrics.metrics_file import ClassificationTables
from shared.statistics.bootstrap import Resampling
from shared.statistics.intervals import Estimate
from shared.targets import Categories
from shared.targets.confusion import count_confusion
from shared.targets.predictions import Predictions

__all__ = ["classification_tables"]


def classification_tables(
    target: Categories,
    test: Predictions,
    measured: Mapping[str, Estimate],
    *,
    record: CalibrationRecord,
    config: CalibrateConfig,
    class_counts: Mapping[str, int],
    resampling: Resampling,
) -> ClassificationTables:
    """Tables of classes and of decisions; None where the configuration asks for none.

    Args:
        target: The kind of target.
        test: Calibrated scores beside the truth, finite.
        measured: What was measured of these rows, by measure.
        record: What validation chose.
        config: Costs and prevalences of the place of work.
        class_counts: Rows of each class in the training split.
        resampling: Of entities.
    """
    level = resampling.confidence
    points = record.operating_points
    confusion = count_confusion(test.targets, target.decide(test.scores), len(target.names))
    trained = trained_shares(target, class_counts)
    costs = None
    if config.costs is not None:
        # At the class shares of the test split; the constant is chosen on the training split.
        costs = cost_table(
            target, test, config.costs, shares=trained, mix=None, resampling=resampling
        )
    sets, abstention = None, None
    if record.sets is not None:
        sets = set_table(target, test, record.sets, resampling)
        abstention = abstention_table(target, test, record, resampling)
    return ClassificationTables(
        confusion=confusion.tolist(),
        classes=class_table(target, test, measured, resampling),
        reliability=reliability_table(target, test, level),
        class_reliability=class_reliability(target, test, level),
        sets=sets,
        abstention=abstention,
        operating_points=operating_point_table(
            target, test, points, config.decisions_per_hour, level
        ),
        costs=costs,
        prevalence=prevalence_table(target, test, config, trained, points, resampling),
    )
