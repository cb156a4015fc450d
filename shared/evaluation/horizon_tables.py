"""What the report shows of a forecast besides its metrics: error and coverage by step."""

from __future__ import annotations

from typing import Any

from shared.evaluation.bootstrap import Resampling, entity_codes, estimates
from shared.evaluation.horizon_statistics import coverage_statistic, step_statistic
from shared.evaluation.number import estimate_fields
from shared.predictions import Predictions
from shared.targets.horizon import Horizon

__all__ = ["horizon_tables"]


def horizon_tables(target: Horizon, predictions: Predictions, resampling: Resampling) -> dict[str, Any]:
    """`steps` (one entry per step, counted from 1) and `coverage` over all steps (null without quantiles), ready for JSON.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        resampling: Of entities.
    """
    codes, num_entities = entity_codes(predictions.entities)
    by_step = estimates([step_statistic(target, predictions, codes, num_entities)], num_entities, resampling)
    has_coverage = target.nominal_coverage is not None
    steps = [
        {
            "step": step,
            "seconds_ahead": step * target.step_seconds,
            "mae_standardised": estimate_fields(by_step[f"mae_standardised:{step}"]),
            "coverage": estimate_fields(by_step[f"coverage:{step}"]) if has_coverage else None,
        }
        for step in range(1, target.steps + 1)
    ]
    if not has_coverage:
        return {"steps": steps, "coverage": None}
    overall = estimates([coverage_statistic(target, predictions, codes, num_entities)], num_entities, resampling)["coverage"]
    return {"steps": steps, "coverage": estimate_fields(overall) | {"nominal": target.nominal_coverage}}
