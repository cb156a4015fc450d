"""The section "Results": every metric with interval, baseline and paired test."""

from __future__ import annotations

from shared.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_level,
    format_value,
    humanise,
    state_p_value,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import TONES, interval_of
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.run.artefacts.metrics.floor_entries import FloorMetric, FloorTable
from shared.run.artefacts.metrics.metric_entries import BaselineDifference, MetricEntry
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.statistics.intervals import Estimate
from shared.verdicts.worth import claim_against_floor, is_none, name_deployed

__all__ = ["SECTION", "VERDICT_TONES", "view_results", "worth_table"]

_MOST_NAMED = 5

VERDICT_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "inconclusive": "warn"}
"""How a verdict against the baseline is meant."""


def view_results(artefacts: Artefacts) -> tuple[Table, ...]:
    """What is deployed beside its floor, then all metrics with value, interval and baseline."""
    floor = artefacts.metrics.floor
    first = () if floor is None else (worth_table(floor),)
    return (*first, _metrics_table(artefacts))


def worth_table(table: FloorTable) -> Table:
    """Deployed, network and floor beside each other, and their differences to the floor."""
    rows = []
    for entry in table.metrics:
        for name in ("deployed", "network", "floor"):
            value: Estimate = getattr(entry, name)
            difference = None if name == "floor" else getattr(entry, f"{name}_minus_floor")
            title = name_deployed(table) if name == "deployed" else humanise(_title(table, name))
            rows.append(
                (
                    humanise(entry.metric),
                    title if name != "deployed" else f"Deployed: {title}",
                    Cell(format_value(value.value, entry.unit), interval_of(value, entry.unit)),
                    _floor_difference(entry, difference),
                )
            )
    caption = f"Is the deep network worth it? Deployed is the {table.deployed}: {table.reason}."
    return make_table(caption, ("Metric", "Model", "Value", "Minus the floor"), rows)


def _title(table: FloorTable, name: str) -> str:
    return "network alone" if name == "network" else f"floor: {table.floor}"


def _floor_difference(entry: FloorMetric, difference: Estimate | None) -> Cell:
    if difference is None:
        return Cell("")
    if is_none(difference):
        return Cell("the same")
    interval = format_difference_interval(difference.ci_low, difference.ci_high, entry.unit)
    text = format_difference(difference.value, entry.unit)
    return Cell(text, interval, TONES[claim_against_floor(entry, difference)])


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
