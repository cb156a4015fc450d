"""The section "At a glance": the headline metric, and a verdict on each question."""

from __future__ import annotations

from dataclasses import dataclass

from shared.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.brief import CheckedRow
from shared.reporting.cells import interval_of
from shared.reporting.page import Tone
from shared.reporting.section import Section
from shared.reporting.sections.results import VERDICT_TONES
from shared.run.artefacts.metrics.metric_entries import MetricEntry
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.verdicts.accuracy import contradicting_metrics
from shared.verdicts.checklist import judge_run

__all__ = [
    "SECTION",
    "Comparison",
    "Headline",
    "Scale",
    "SummaryView",
    "view_headline",
    "view_summary",
]


@dataclass(frozen=True)
class Scale:
    """Positions on a line from 0 to 100, for the drawing beside the headline."""

    low: float
    value: float
    high: float
    baseline: float


@dataclass(frozen=True)
class Comparison:
    """The headline metric beside the baseline, in words."""

    baseline: str
    baseline_name: str
    difference: str
    interval: str
    verdict: str
    tone: Tone


@dataclass(frozen=True)
class Headline:
    """The metric that opens the report, in words.

    `scale` is None if it has no interval or no baseline.
    """

    name: str
    describe: str
    value: str
    unit: str
    interval: str
    size: str
    note: str
    comparison: Comparison
    scale: Scale | None


@dataclass(frozen=True)
class SummaryView:
    """The headline metric, what the run remarks, and one verdict a question."""

    headline: Headline
    remarks: tuple[str, ...]
    verdicts: tuple[CheckedRow, ...]


def view_summary(artefacts: Artefacts) -> SummaryView:
    """What a reader sees first."""
    return SummaryView(
        headline=view_headline(artefacts.metrics),
        remarks=(*artefacts.data.provenance.warnings, *artefacts.metrics.notes),
        verdicts=tuple(map(CheckedRow.of, judge_run(artefacts))),
    )


def view_headline(metrics: Metrics) -> Headline:
    """The primary metric with interval, size, baseline and difference."""
    name = metrics.primary_metric
    entry = metrics.metrics[name]
    unit = entry.unit
    level = format_level(metrics.confidence)
    num_entities = format_count(metrics.num_entities)
    interval = f"{level} interval {interval_of(entry, unit)}"
    size = f"n = {format_count(metrics.n)} examples of {num_entities} entities"
    return Headline(
        name=humanise(name),
        describe=entry.describe,
        value=format_value(entry.value, unit),
        unit=unit,
        interval=interval,
        size=size,
        note=entry.note,
        comparison=_compare(metrics, entry),
        scale=_scale(entry),
    )


def _compare(metrics: Metrics, entry: MetricEntry) -> Comparison:
    unit = entry.unit
    against = entry.versus_baseline
    verdict = against.verdict
    compared = " than the strongest baseline" if verdict in ("better", "worse") else ""
    tone = VERDICT_TONES.get(verdict, "muted")
    worse = contradicting_metrics(metrics)
    if verdict == "better" and worse:
        compared += f", but worse in {', '.join(worse)}"
        tone = "warn"
    return Comparison(
        baseline=format_value(entry.baseline, unit),
        baseline_name=humanise(entry.baseline_name or "none", capital=False),
        difference=format_difference(against.value, unit),
        interval=format_difference_interval(against.ci_low, against.ci_high, unit),
        verdict=verdict + compared,
        tone=tone,
    )


def _scale(entry: MetricEntry) -> Scale | None:
    found = (entry.ci_low, entry.value, entry.ci_high, entry.baseline)
    marks = [mark for mark in found if mark is not None]
    if len(marks) < len(found):
        return None
    low = min(marks)
    high = max(marks)
    margin = 0.08 * (high - low)
    # Shares are shown on their whole scale, unless that would hide the difference.
    if entry.unit == "share" and high - low > 0.25:
        low = 0.0
        high = 1.0
        margin = 0.0
    width = (high - low + 2 * margin) or 1.0
    placed = [round(100 * (mark - low + margin) / width, 2) for mark in marks]
    return Scale(low=placed[0], value=placed[1], high=placed[2], baseline=placed[3])


SECTION = Section(id="summary", title="Headline metric and every verdict", view=view_summary)
