"""What the report shows of a forecast besides its metrics: skill against each baseline.

Error, loss and intervals by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.horizon_statistics import (
    coverage_statistic,
    skill_statistic,
    step_skill_statistic,
    step_statistics,
    width_statistic,
)
from shared.statistics.number import estimate_fields
from shared.targets.horizon import Horizon
from shared.targets.predictions import Predictions

__all__ = ["horizon_tables"]

_STEP_NUMBERS = (
    "mae_standardised",
    "pinball",
    "crps",
    "coverage",
    "interval_width",
    "interval_score",
)


def horizon_tables(
    target: Horizon,
    predictions: Predictions,
    references: Mapping[str, Predictions],
    resampling: Resampling,
) -> dict[str, Any]:
    """`skills` (one entry per baseline), `steps` (one per step, counted from 1), `coverage` and `interval_width` over all steps.

    The last two are null without an interval. A step holds `mae_standardised`, `pinball`, `crps`,
    `coverage`, `interval_width` and `interval_score`, each with its interval; null where the target
    has too few quantiles for it.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        references: The same rows as each baseline scores them.
        resampling: Of entities.
    """
    codes, num_entities = entity_codes(predictions.entities)
    by_step = estimates(
        step_statistics(target, predictions, codes, num_entities), num_entities, resampling
    )
    steps = [
        {"step": step, "seconds_ahead": step * target.step_seconds}
        | {
            name: (
                estimate_fields(by_step[f"{name}:{step}"]) if f"{name}:{step}" in by_step else None
            )
            for name in _STEP_NUMBERS
        }
        for step in range(1, target.steps + 1)
    ]
    skills = [
        _skill(target, predictions, name, reference, resampling)
        for name, reference in references.items()
    ]
    if target.nominal_coverage is None:
        return {"skills": skills, "steps": steps, "coverage": None, "interval_width": None}
    statistics = [
        make(target, predictions, codes, num_entities)
        for make in (coverage_statistic, width_statistic)
    ]
    overall = {
        name: estimate_fields(found)
        for name, found in estimates(statistics, num_entities, resampling).items()
    }
    overall["coverage"] |= {"nominal": target.nominal_coverage}
    return {"skills": skills, "steps": steps, **overall}


def _skill(
    target: Horizon,
    predictions: Predictions,
    name: str,
    reference: Predictions,
    resampling: Resampling,
) -> dict[str, Any]:
    """The share of a baseline's squared error that the model avoids, over all steps and at each, on the same resamples."""
    codes, num_entities = entity_codes(predictions.entities)
    statistics = [
        make(target, predictions, reference, codes, num_entities)
        for make in (skill_statistic, step_skill_statistic)
    ]
    found = estimates(statistics, num_entities, resampling)
    steps = [estimate_fields(found[f"skill:{step}"]) for step in range(1, target.steps + 1)]
    return {
        "baseline": name,
        "n": len(predictions),
        **estimate_fields(found["skill"]),
        "steps": steps,
    }
