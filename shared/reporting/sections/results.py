"""The section "Results": every metric with interval, baseline and paired test."""

from __future__ import annotations

from shared.reporting.artefacts import Artefacts
from shared.reporting.cards.worth import worth_table
from shared.reporting.cells import interval_of
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_level,
    format_value,
    humanise,
    state_p_value,
)
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.run.artefacts.metrics.metric_entries import BaselineDifference, MetricEntry
from shared.run.artefacts.metrics.metrics_file import Metrics

__all__ = ["SECTION", "VERDICT_TONES", "contradicting_metrics", "view_results"]

_MOST_NAMED = 5

VERDICT_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "inconclusive": "warn"}
"""How a verdict against the baseline is meant."""


def contradicting_metrics(metrics: Metrics) -> tuple[str, ...]:
    """Headline metrics on which the model is shown to be worse than the strongest baseline."""
    worse = {
        name: metrics.metrics[name].baseline_name or "none"
        for name in metrics.deciding_metrics
        if metrics.metrics[name].versus_baseline.verdict == "worse"
    }
    return tuple(
        f"{humanise(name, capital=False)} (against {humanise(baseline, capital=False)})"
        for name, baseline in worse.items()
    )


def view_results(artefacts: Artefacts) -> tuple[Table, ...]:
    """What is deployed beside its floor, then all metrics with value, interval and baseline."""
    floor = artefacts.metrics.floor
    first = () if floor is None else (worth_table(floor),)
    return (*first, _metrics_table(artefacts))


def _metrics_table(artefacts: Artefacts) -> Table:
    metrics = artefacts.metrics
    columns = [
        "Metric",
        "#Test",
        f"#{format_level(metrics.confidence)} interval",
        "Unit",
        "#n",
        "#Baseline",
        "Against it",
        "#Validation",
    ]
    rows = [_row(metrics, name) for name in artefacts.target.describe()]
    return make_table(f"All metrics on the {metrics.split} split", columns, rows)


def _describe_difference(against: BaselineDifference, unit: str) -> str:
    """A difference and its interval in one line; empty if it is not known."""
    if against.value is None:
        return ""
    interval = format_difference_interval(against.ci_low, against.ci_high, unit)
    return f"{format_difference(against.value, unit)} ({interval})"


def _row(metrics: Metrics, name: str) -> Row:
    entry = metrics.metrics[name]
    unit = entry.unit
    against = entry.versus_baseline
    baseline_name = humanise(entry.baseline_name or "", capital=False)
    baseline = Cell(format_value(entry.baseline, unit), baseline_name)
    difference = _describe_difference(against, unit) + _describe_tests(metrics, name)
    tone = VERDICT_TONES.get(against.verdict, "muted")
    verdict = Cell(against.verdict, difference, tone)
    label = Cell(humanise(name), _describe_metric(entry))
    value = format_value(entry.value, unit)
    interval = interval_of(entry, unit)
    size = format_count(metrics.n)
    validation = format_value(metrics.val.get(name), unit)
    return [label, value, interval, Cell(unit, tone="muted"), size, baseline, verdict, validation]


def _describe_metric(entry: MetricEntry) -> str:
    better = entry.better.capitalize()
    said = f"{entry.describe}. {better} is better. Formula: {entry.source}."
    if entry.num_undefined:
        named = ", ".join(entry.series[:_MOST_NAMED])
        more = "…" if len(entry.series) > _MOST_NAMED else ""
        said += (
            f" {format_count(entry.num_undefined)} rows leave values out, whose"
            f" {entry.reason}: {named}{more}."
        )
    return f"{said} {entry.note.capitalize()}." if entry.note else said


def _describe_tests(metrics: Metrics, name: str) -> str:
    """The paired test of a metric against its baseline; empty if it has none."""
    said = ""
    for test in metrics.paired_tests.tests:
        if test.metric == name and test.p_adjusted is not None:
            said += f"; {test.method}, adjusted {state_p_value(test.p_adjusted)}"
    return said


def _lead(artefacts: Artefacts) -> str:
    return (
        "Chosen on the validation split, measured once on the test split. Intervals:"
        f" {artefacts.metrics.interval_method}"
    )


SECTION = Section(id="results", title="Results", lead=_lead, view=view_results)
