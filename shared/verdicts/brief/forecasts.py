"""The brief of a model that forecasts."""

from __future__ import annotations

from shared.formatting import (
    format_count,
    format_level,
    format_plain,
    format_range,
    format_value,
    humanise,
    shorten,
)
from shared.run.artefacts.metrics.forecast_entries import HorizonCalibration, SkillEntry
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.report.brief import Statement
from shared.statistics.intervals import Estimate
from shared.verdicts.brief.mistakes import worst_error_ratio
from shared.verdicts.findings import Findings

__all__ = ["find_of_forecasts", "state_forecasts"]


def find_of_forecasts(findings: Findings) -> str:
    """The run in one sentence: the error beside the best baseline, and where it is largest."""
    skill = _skill(findings.metrics)
    if skill is None or skill.value is None:
        return "Nothing could be measured"
    baseline = humanise(skill.baseline, capital=False)
    more = "less" if skill.value >= 0.0 else "more"
    said = f"{format_value(abs(skill.value), 'share')} {more} squared error than {baseline}"
    worst = worst_error_ratio(findings)
    if worst is None or (worst[1].ci_low or 0.0) <= 1.0:
        return said
    return f"{said}, but {_times(worst[1])} the error for {shorten(worst[0])}"


def state_forecasts(findings: Findings) -> tuple[Statement, ...]:
    """What is right, where it errs most, and what its intervals hold in service."""
    return (
        Statement(title="Gets right", text=_state_skill(findings.metrics)),
        Statement(title="Gets wrong", text=" ".join(_state_worst(findings))),
        Statement(title="In service", text=_state_intervals(findings.metrics)),
    )


def _skill(metrics: Metrics) -> SkillEntry | None:
    """Against the strongest baseline of the primary metric, else against the hardest to beat."""
    strongest = metrics.metrics[metrics.primary_metric].baseline_name
    skills = [skill for skill in metrics.skills or () if skill.value is not None]
    named = [skill for skill in skills if skill.baseline == strongest]
    return min(named or skills, key=lambda skill: skill.value or 0.0, default=None)


def _times(ratio: Estimate) -> str:
    return f"{format_plain(ratio.value, 2)} times"


def _state_skill(metrics: Metrics) -> str:
    entry = metrics.metrics[metrics.primary_metric]
    size = f"n = {format_count(entry.n)}"
    if entry.value is None:
        return "Not known."
    name = humanise(metrics.primary_metric)
    interval = format_range(entry.ci_low, entry.ci_high, entry.unit)
    said = f"{name} {format_value(entry.value, entry.unit)} ({interval}), {size}."
    if entry.baseline is None:
        return said
    baseline = humanise(entry.baseline_name or "", capital=False)
    return f"{said} Best baseline, {baseline}: {format_value(entry.baseline, entry.unit)}."


def _state_worst(findings: Findings) -> list[str]:
    said = []
    worst = worst_error_ratio(findings)
    if worst is not None:
        group, ratio, size = worst
        ends = f"{format_plain(ratio.ci_low, 2)}–{format_plain(ratio.ci_high, 2)}"
        counted = f"{ends}; n = {format_count(size)}"
        said.append(f"{_times(ratio)} the error of all others for {shorten(group)} ({counted}).")
    steps = [step for step in findings.metrics.steps or () if step.mae_standardised]
    if steps:
        last = max(steps, key=lambda step: (step.mae_standardised or Estimate.of(0.0)).value or 0.0)
        said.append(f"Hardest is step {format_count(last.step)} of {format_count(len(steps))}.")
    return said or ["No group, and no step, could be compared."]


def _state_intervals(metrics: Metrics) -> str:
    calibration = metrics.calibration
    if not isinstance(calibration, HorizonCalibration):
        return "It always answers, without intervals."
    found = calibration.after.coverage
    nominal = format_level(calibration.nominal)
    interval = format_range(found.ci_low, found.ci_high, "share")
    inside = f"hold {format_value(found.value, 'share')} of values ({interval})"
    return f"It always answers. Its {nominal} intervals {inside}."
