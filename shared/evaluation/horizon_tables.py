"""What the report shows of a forecast besides its metrics: skill against each baseline; error, coverage and width by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.evaluation.bootstrap import Resampling, entity_codes, estimates
from shared.evaluation.horizon_statistics import coverage_statistic, skill_statistic, step_statistic
from shared.evaluation.number import estimate_fields
from shared.predictions import Predictions
from shared.targets.horizon import Horizon

__all__ = ["horizon_tables"]


def horizon_tables(
    target: Horizon, predictions: Predictions, references: Mapping[str, Predictions], resampling: Resampling
) -> dict[str, Any]:
    """`skills` (one entry per baseline), `steps` (one per step, counted from 1) and `coverage` over all steps (null without quantiles).

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        references: The same rows as each baseline scores them.
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
            "interval_width": estimate_fields(by_step[f"interval_width:{step}"]) if has_coverage else None,
        }
        for step in range(1, target.steps + 1)
    ]
    skills = _skills(target, predictions, references, resampling)
    if not has_coverage:
        return {"skills": skills, "steps": steps, "coverage": None}
    overall = estimates([coverage_statistic(target, predictions, codes, num_entities)], num_entities, resampling)["coverage"]
    return {"skills": skills, "steps": steps, "coverage": estimate_fields(overall) | {"nominal": target.nominal_coverage}}


def _skills(
    target: Horizon, predictions: Predictions, references: Mapping[str, Predictions], resampling: Resampling
) -> list[dict[str, Any]]:
    """For each baseline the share of its squared error that the model avoids, on the same resamples."""
    codes, num_entities = entity_codes(predictions.entities)
    statistics = [skill_statistic(name, target, predictions, other, codes, num_entities) for name, other in references.items()]
    found = estimates(statistics, num_entities, resampling)
    return [{"baseline": name, "n": len(predictions), **estimate_fields(found[name])} for name in references]
