"""All that the evaluate stage says about the rules of `calibration.json`, by kind of target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.config import CalibrateConfig
from shared.evaluation.decisions.calibration_tables import category_calibration
from shared.evaluation.decisions.cost_table import cost_table
from shared.evaluation.decisions.decision_tables import (
    abstention_table,
    operating_point_table,
    set_table,
)
from shared.evaluation.decisions.deployment_tables import prevalence_table
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["category_decisions"]


def category_decisions(
    target: Categories,
    raw: Predictions,
    test: Predictions,
    record: CalibrationRecord,
    config: CalibrateConfig,
    class_counts: Mapping[str, int],
    resampling: Resampling,
) -> dict[str, Any]:
    """`calibration`, `sets`, `abstention`, `operating_points`, `costs` and `prevalence`.

    Null where the configuration asks for none.

    Args:
        target: The kind of target.
        raw: Scores as the network emits them, beside the truth.
        test: The same rows with calibrated scores.
        record: What validation chose.
        config: Costs and prevalences of the place of work.
        class_counts: Rows of each class in the training split.
        resampling: Of entities.
    """
    points, shares = record.operating_points, config.deployment_prevalence
    return {
        "calibration": category_calibration(target, raw, test, record, resampling),
        "sets": None if record.sets is None else set_table(target, test, record.sets, resampling),
        "abstention": (
            None if record.sets is None else abstention_table(target, test, record, resampling)
        ),
        "operating_points": operating_point_table(
            target, test, points, config.decisions_per_hour, resampling
        ),
        "costs": _costs(target, test, config, class_counts, resampling),
        "prevalence": (
            None
            if shares is None
            else prevalence_table(
                target, test, shares, config.costs, class_counts, points, resampling
            )
        ),
    }


def _costs(
    target: Categories,
    test: Predictions,
    config: CalibrateConfig,
    class_counts: Mapping[str, int],
    resampling: Resampling,
) -> dict[str, Any] | None:
    """At the class shares of the test split.

    The constant to compare with is chosen on the training split.
    """
    if config.costs is None:
        return None
    trained = np.array([class_counts.get(name, 0) for name in target.names], dtype=np.float64)
    return cost_table(target, test, config.costs, trained / trained.sum(), None, resampling)
