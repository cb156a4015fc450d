"""What the report shows of a forecast besides its metrics: skill, steps, hours and intervals."""

from __future__ import annotations

from collections.abc import Mapping

from shared.evaluation.forecasts.adaptive_tables import adaptive_tables
from shared.evaluation.forecasts.clock_table import clock_table
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.metrics.forecast_entries import NominalCoverage, SkillEntry, StepEntry
from shared.run.artefacts.metrics.metrics_file import ForecastTables
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.horizon_statistics import (
    coverage_statistic,
    skill_statistic,
    step_skill_statistic,
    step_statistics,
    width_statistic,
)
from shared.statistics.intervals import Estimate
from shared.targets.horizon import Horizon
from shared.targets.predictions import Predictions

__all__ = ["forecast_tables", "skill_entry", "step_table"]

_STEP_NUMBERS = (
    "mae_standardised",
    "pinball",
    "crps",
    "coverage",
    "interval_width",
    "interval_score",
)


def forecast_tables(
    target: Horizon,
    raw: Predictions,
    test: Predictions,
    *,
    references: Mapping[str, Predictions],
    record: CalibrationRecord,
    resampling: Resampling,
) -> ForecastTables:
    """Tables by step, hour and period, and skill against each baseline.

    Args:
        target: The kind of target.
        raw: Scores as the network emits them.
        test: Calibrated scores, finite; each row has at least one observed value.
        references: The same rows as each baseline scores them.
        record: What validation chose.
        resampling: Of entities.
    """
    skills = [
        skill_entry(target, test, name, reference, resampling)
        for name, reference in references.items()
    ]
    coverage, width = _overall_intervals(target, test, resampling)
    adaptive = None
    if record.adaptive is not None:
        adaptive = adaptive_tables(target, raw, test, record.adaptive, resampling)
    return ForecastTables(
        skills=tuple(skills),
        steps=step_table(target, test, resampling),
        coverage=coverage,
        interval_width=width,
        hours=clock_table(target, test, resampling),
        adaptive=adaptive,
    )


def step_table(
    target: Horizon, predictions: Predictions, resampling: Resampling
) -> tuple[StepEntry, ...]:
    """Errors and intervals of each step, counted from 1.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        resampling: Of entities.
    """
    codes, num_entities = entity_codes(predictions.entities)
    statistics = step_statistics(target, predictions, codes, num_entities)
    found = estimates(statistics, num_entities, resampling)
    return tuple(
        StepEntry(
            step=step,
            seconds_ahead=step * target.step_seconds,
            **{name: found.get(f"{name}:{step}") for name in _STEP_NUMBERS},
        )
        for step in range(1, target.steps + 1)
    )


def skill_entry(
    target: Horizon,
    predictions: Predictions,
    name: str,
    reference: Predictions,
    resampling: Resampling,
) -> SkillEntry:
    """The share of a baseline's squared error that the model avoids, over all steps and at each.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth.
        name: Of the baseline.
        reference: The same rows as the baseline scores them.
        resampling: Of entities; overall and each step are seen on the same resamples.
    """
    codes, num_entities = entity_codes(predictions.entities)
    statistics = [
        make(target, predictions, reference, codes, num_entities)
        for make in (skill_statistic, step_skill_statistic)
    ]
    found = estimates(statistics, num_entities, resampling)
    steps = [found[f"skill:{step}"] for step in range(1, target.steps + 1)]
    return SkillEntry(**dict(found["skill"]), baseline=name, n=len(predictions), steps=tuple(steps))


def _overall_intervals(
    target: Horizon, predictions: Predictions, resampling: Resampling
) -> tuple[NominalCoverage | None, Estimate | None]:
    """Coverage and width over all steps; None without an interval."""
    if target.nominal_coverage is None:
        return None, None
    codes, num_entities = entity_codes(predictions.entities)
    statistics = [
        make(target, predictions, codes, num_entities)
        for make in (coverage_statistic, width_statistic)
    ]
    found = estimates(statistics, num_entities, resampling)
    coverage = NominalCoverage(**dict(found["coverage"]), nominal=target.nominal_coverage)
    return coverage, found["interval_width"]
