"""Differences between groups: of people (fairness) or of segments of operation (reliability)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts import Estimate, estimates_chart
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table

__all__ = ["AttributeBlock", "FairnessView", "metric_unit", "verdict_tone", "view_fairness"]

_TONES: dict[str, Tone] = {"gap found": "bad", "equivalent within ε": "good", "inconclusive": "warn", "insufficient evidence": "muted"}
_UNITS = {"error": "share"}
_LABELS = {"error": "Error rate"}


@dataclass(frozen=True)
class AttributeBlock:
    """One attribute: its groups' chart (none if there is nothing to draw), table and sentences."""

    title: str
    verdict: str
    tone: Tone
    explanation: str
    remarks: tuple[str, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class FairnessView:
    """The whole section; `overview` is None if the data names no attribute."""

    title: str
    lead: str
    notes: tuple[str, ...]
    overview: Table | None
    blocks: tuple[AttributeBlock, ...]


def verdict_tone(verdict: str) -> Tone:
    """How a verdict of the fairness stage is meant."""
    return _TONES.get(verdict, "muted")


def view_fairness(artefacts: Artefacts) -> FairnessView:
    """Lay out `fairness.json`."""
    record = artefacts.fairness
    units = {name: metric_unit(name, artefacts) for name in record["metrics"]}
    blocks = tuple(_block(entry, record, units, position) for position, entry in enumerate(_entries(record)))
    return FairnessView(
        title="Fairness" if record["groups_are"] == "people" else "Reliability by segment",
        lead=_lead(record),
        notes=tuple(record["notes"]),
        overview=_overview(record, units[record["metric"]]) if record["attributes"] else None,
        blocks=blocks,
    )


def metric_unit(metric: str, artefacts: Artefacts) -> str:
    """The unit of a metric that the fairness stage compares."""
    known = artefacts.metrics["metrics"].get(metric)
    return str(known["unit"]) if known else _UNITS.get(metric, "score")


def _label(metric: str) -> str:
    return _LABELS.get(metric, humanise(metric))


def _entries(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Attributes, then pairs of them."""
    return [*record["attributes"], *record["intersections"]]


def _lead(record: Mapping[str, Any]) -> str:
    family = record["family"]
    subject = "Groups of people" if record["groups_are"] == "people" else "Segments of operation: differences here are about reliability"
    tested = (
        f"Tested by permuting groups among entities, adjusted for {count_of(family['size'], 'attribute', 'attributes')} "
        f"({family['method']}, level {family['alpha']:g}){_pairs(record)}."
        if family["size"]
        else "No attribute could be tested."
    )
    return (
        f"{subject}. {_label(record['metric'])} by group, lower is better. A gap is a group's error minus that of everyone else. "
        f"{tested} Groups below {record['min_group_size']} examples are not judged. "
        f"“Equivalent” needs evidence of its own: two one-sided tests that every gap is below ε = {record['margin']:g}."
    )


def _pairs(record: Mapping[str, Any]) -> str:
    size = record["intersection_family"]["size"]
    return f", pairs of attributes as a family of their own ({format_count(size)})" if size else ""


def _overview(record: Mapping[str, Any], unit: str) -> Table:
    rows: list[Row] = []
    for entry in _entries(record):
        spread = entry["spread"]
        largest, detectable = entry["largest_compatible_gap"], entry["smallest_detectable_gap"]
        rows.append(
            [
                humanise(entry["attribute"]),
                Cell(entry["verdict"], _needs(entry), verdict_tone(entry["verdict"])),
                "–" if spread is None else format_difference(spread["value"], unit).removeprefix("+"),
                "–" if spread is None else format_plain(float(spread["p_value"]), 2),
                "–" if spread is None else format_plain(float(spread["p_adjusted"]), 2),
                *("–" if gap is None else format_difference(gap, unit).removeprefix("+") for gap in (largest, detectable)),
                entry["worst_group"] or "–",
            ]
        )
    columns = [
        "Attribute",
        "Verdict",
        "#Largest minus smallest",
        "#p",
        "#Adjusted p",
        "#Gap still possible",
        "#Gap that would be found",
        "Highest error",
    ]
    return make_table(f"Attributes on the {record['split']} part, n = {format_count(record['n'])}", columns, rows)


def _needs(entry: Mapping[str, Any]) -> str:
    inconclusive = entry["verdict"] == "inconclusive" and entry["rows_needed"] is not None
    return f"needs n ≈ {format_count(entry['rows_needed'])}" if inconclusive else ""


def _block(entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str], position: int) -> AttributeBlock:
    metric = record["metric"]
    groups = entry["groups"]
    shown = [group for group in groups if not group["suppressed"]]
    charts = [_groups_chart(entry, metric, units[metric], position)] if len(shown) > 1 else []
    return AttributeBlock(
        title=humanise(entry["attribute"]),
        verdict=entry["verdict"],
        tone=verdict_tone(entry["verdict"]),
        explanation=entry["explanation"],
        remarks=tuple(entry["remarks"]),
        charts=tuple(charts),
        tables=(_groups_table(entry, record, units), *_parity_tables(entry)) if groups else (),
    )


def _parity_tables(entry: Mapping[str, Any]) -> list[Table]:
    """How far groups are apart in what each criterion compares; none for pairs of attributes, or where there is nothing to compare."""
    rows: list[Row] = []
    for item in entry.get("parity", []):
        largest, name = item["largest"], Cell(item["criterion"].capitalize())
        compared = f"{item['num_compared']} of {item['num_rates']}"
        if largest is None:
            rows.append([name, Cell("–", tone="muted"), Cell("insufficient evidence", tone="muted"), compared])
            continue
        rate = humanise(largest["metric"]) + (f" of {largest['class']}" if largest["class"] else "")
        where = Cell(rate, f"lowest {largest['lowest']}, highest {largest['highest']}")
        rows.append([name, format_difference(largest["difference"], "share").removeprefix("+"), where, compared])
    title = f"Parity between groups of {humanise(entry['attribute'], capital=False)}: the largest difference, without a test"
    return [make_table(title, ["Criterion", "#Largest difference", "Where", "#Rates compared"], rows)] if rows else []


def _groups_chart(entry: Mapping[str, Any], metric: str, unit: str, position: int) -> Chart:
    estimates = [
        Estimate(f"{group['group']} (n = {format_count(group['n'])})", *_ends(group["metrics"].get(metric)), group["n"])
        for group in entry["groups"]
    ]
    title = f"{_label(metric)} by {humanise(entry['attribute'], capital=False)}"
    return estimates_chart(title, estimates, unit=unit, reference=None, reference_label="", prefix=f"group{position}-")


def _ends(found: Mapping[str, Any] | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if found is None else (found["value"], found["ci_low"], found["ci_high"])


def _groups_table(entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str]) -> Table:
    metric, confidence = record["metric"], record["confidence"]
    has_mix = any(group["case_mix_gap"] is not None for group in entry["groups"])
    rows = [_group_row(group, metric, units, has_mix) for group in entry["groups"]]
    others = [name for name in units if name != metric]
    columns = [
        "Group",
        "#n",
        f"#{_label(metric)} ({units[metric]})",
        "#Gap to the rest",
        *(["#Gap at equal class shares"] if has_mix else []),
        *(f"#{_label(name)} ({units[name]})" for name in others),
    ]
    return make_table(f"Groups of {humanise(entry['attribute'], capital=False)}, {format_level(confidence)} intervals below", columns, rows)


def _group_row(group: Mapping[str, Any], metric: str, units: Mapping[str, str], has_mix: bool) -> Row:
    size = Cell(format_count(group["n"]), count_of(group["num_entities"], "entity", "entities"))
    if group["suppressed"]:
        blank = [Cell("–", tone="muted")] * (len(units) + has_mix)
        return [Cell(group["group"]), size, Cell("insufficient evidence", group["reason"], "muted"), *blank]
    others = [name for name in units if name != metric]
    return [
        Cell(group["group"]),
        size,
        _value_cell(group["metrics"].get(metric), units[metric]),
        _gap_cell(group["gaps"].get(metric), units[metric]),
        *([_gap_cell(group["case_mix_gap"], units[metric])] if has_mix else []),
        *(_value_cell(group["metrics"].get(name), units[name]) for name in others),
    ]


def _value_cell(found: Mapping[str, Any] | None, unit: str) -> Cell:
    if found is None:
        return Cell("–", tone="muted")
    return Cell(format_value(found["value"], unit), format_interval(found["ci_low"], found["ci_high"], unit))


def _gap_cell(found: Mapping[str, Any] | None, unit: str) -> Cell:
    if found is None or found["value"] is None:
        return Cell("–", tone="muted")
    tone: Tone = "bad" if (found["ci_low"] or 0.0) > 0.0 else ""
    return Cell(format_difference(found["value"], unit), format_difference_interval(found["ci_low"], found["ci_high"], unit), tone)
