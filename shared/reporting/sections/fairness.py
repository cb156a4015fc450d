"""Differences between groups: of people (fairness) or of segments of operation (reliability)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.reliability_charts import group_reliability_chart
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_difference,
    format_plain,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.reporting.tables.gap_sources import gap_sources_sentences, gap_sources_tables
from shared.reporting.tables.groups import (
    comparison_table,
    groups_chart,
    groups_table,
    metric_label,
    parity_tables,
    reliability_tables,
)
from shared.reporting.tables.mitigations import mitigations_chart, mitigations_table
from shared.reporting.tables.set_coverage import set_coverage_tables

__all__ = [
    "SECTION",
    "AttributeBlock",
    "FairnessView",
    "FamilyView",
    "metric_unit",
    "verdict_tone",
    "view_fairness",
]

_TONES: dict[str, Tone] = {
    "gap found": "bad",
    "equivalent within ε": "good",
    "inconclusive": "warn",
    "not enough data": "muted",
}
_FAMILIES = {
    "people": (
        "Fairness between groups of people",
        "A gap here means that the model serves some people worse than others.",
    ),
    "conditions": (
        "Reliability across conditions",
        (
            "Conditions are circumstances of the examples (slices), not people: a gap here is a"
            " limit of use, not an unfairness."
        ),
    ),
}
_UNITS = {"error": "share"}
_MAX_PAIR_GROUPS = 12


@dataclass(frozen=True)
class AttributeBlock:
    """One attribute: its groups' chart (none if there is nothing to draw), tables and sentences.

    `gap_sources` says where a difference enters, step by step; `details` are tables and charts for
    whoever wants to know more.
    """

    title: str
    verdict: str
    tone: Tone
    explanation: str
    remarks: tuple[str, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    gap_sources: tuple[tuple[str, str, Tone], ...] = ()
    details: tuple[Table, ...] = ()
    detail_charts: tuple[Chart, ...] = ()


@dataclass(frozen=True)
class FamilyView:
    """Attributes that are tested together: those of people, or those of conditions."""

    title: str
    lead: str
    overview: Table
    blocks: tuple[AttributeBlock, ...]


@dataclass(frozen=True)
class FairnessView:
    """The whole section; no family without attributes, no pairs if no two were crossed."""

    notes: tuple[str, ...]
    families: tuple[FamilyView, ...]
    pairs: Table | None
    pair_blocks: tuple[AttributeBlock, ...]


def verdict_tone(verdict: str) -> Tone:
    """How a verdict of the fairness stage is meant."""
    return _TONES.get(verdict, "muted")


def view_fairness(artefacts: Artefacts) -> FairnessView:
    """Lay out `fairness.json`."""
    record = artefacts.fairness
    units = {name: metric_unit(name, artefacts) for name in record["metrics"]}
    families = [_family(about, record, units) for about in _FAMILIES]
    pairs = record["intersections"]
    overview = None
    if pairs:
        caption = f"Pairs of attributes {_where(record)}"
        overview = _overview(pairs, caption, units[record["metric"]])
    return FairnessView(
        notes=tuple(record["notes"]),
        families=tuple(family for family in families if family is not None),
        pairs=overview,
        pair_blocks=tuple(_pair_block(entry, record, units) for entry in pairs),
    )


def _where(record: Mapping[str, Any]) -> str:
    return f"on the {record['split']} split, n = {format_count(record['n'])}"


def metric_unit(metric: str, artefacts: Artefacts) -> str:
    """The unit of a metric that the fairness stage compares."""
    known = artefacts.metrics["metrics"].get(metric)
    return str(known["unit"]) if known else _UNITS.get(metric, "score")


def _title(artefacts: Artefacts) -> str:
    """What is not about people is not called fairness."""
    subjects = {entry["about"] for entry in artefacts.fairness["attributes"]}
    return "Reliability" if subjects == {"conditions"} else "Fairness"


def _lead(artefacts: Artefacts) -> str:
    record = artefacts.fairness
    size = record["intersection_family"]["size"]
    pairs = (
        f" Pairs of attributes are a family of their own ({format_count(size)})." if size else ""
    )
    return (
        f"{metric_label(record['metric'])} by group, lower is better. A gap is a group's error"
        " minus that of everyone else. Tested by permuting groups among entities, adjusted within"
        f" each family of questions.{pairs} Groups and rates below {record['min_group_size']} rows"
        f" are shown with their counts, and not tested. “Equivalent” needs"
        " evidence of its own: two one-sided tests that every gap of those tested is"
        f" below ε = {record['margin']:g}."
    )


def _family(about: str, record: Mapping[str, Any], units: Mapping[str, str]) -> FamilyView | None:
    """One family with its size; None if no attribute is of it."""
    blocks = []
    members = []
    # Positions count over all families, because they make ids unique on the page.
    for position, entry in enumerate(record["attributes"]):
        if entry["about"] == about:
            members.append(entry)
            blocks.append(_block(entry, record, units, position))
    if not members:
        return None
    title, subject = _FAMILIES[about]
    caption = f"Attributes of {about} {_where(record)}"
    return FamilyView(
        title=title,
        lead=f"{subject} {_describe_family(record['families'][about])}",
        overview=_overview(members, caption, units[record["metric"]]),
        blocks=tuple(blocks),
    )


def _describe_family(family: Mapping[str, Any]) -> str:
    if not family["size"]:
        return "No attribute could be tested."
    attributes = count_of(family["size"], "attribute", "attributes")
    return (
        f"Adjusted for {attributes} ({family['method']}, level {family['alpha']:g})."
        f"{_steps(family)}"
    )


def _steps(family: Mapping[str, Any]) -> str:
    size = family["gap_sources_size"]
    return (
        f" Where a gap enters is a question apart, adjusted for {count_of(size, 'test', 'tests')}."
        if size
        else ""
    )


def _overview(entries: Sequence[Mapping[str, Any]], caption: str, unit: str) -> Table:
    columns = [
        "Attribute",
        "Verdict",
        "#Largest minus smallest",
        "#Adjusted p",
        "#Gap still possible",
        "#Gap that would be found",
    ]
    return make_table(caption, columns, [_overview_row(entry, unit) for entry in entries])


def _overview_row(entry: Mapping[str, Any], unit: str) -> Row:
    worst = f"highest error: {entry['worst_group']}" if entry["worst_group"] else ""
    spread = entry["spread"]
    difference: str | Cell = "–"
    p_value: str | Cell = "–"
    if spread is not None:
        difference = _unsigned(spread["value"], unit)
        raw = f"raw {format_plain(float(spread['p_value']), 2)}"
        p_value = Cell(format_plain(float(spread["p_adjusted"]), 2), raw)
    untested = [group["group"] for group in entry["groups"] if group["not_tested"]]
    if untested:
        worst += f"; not tested: {', '.join(untested)}"
    return [
        Cell(humanise(entry["attribute"]), worst.removeprefix("; ")),
        Cell(entry["verdict"], _needs(entry), verdict_tone(entry["verdict"])),
        difference,
        p_value,
        _unsigned(entry["largest_compatible_gap"], unit),
        _unsigned(entry["smallest_detectable_gap"], unit),
    ]


def _unsigned(gap: float | None, unit: str) -> str:
    return format_difference(gap, unit).removeprefix("+")


def _needs(entry: Mapping[str, Any]) -> str:
    inconclusive = entry["verdict"] == "inconclusive" and entry["rows_needed"] is not None
    return f"needs n ≈ {format_count(entry['rows_needed'])}" if inconclusive else ""


def _block(
    entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str], position: int
) -> AttributeBlock:
    shown = [group for group in entry["groups"] if not group["suppressed"]]
    charts: list[Chart | None] = []
    if len(shown) > 1:
        charts.append(groups_chart(entry, record["metric"], units[record["metric"]], position))
    tables = [groups_table(entry, record, units)] if entry["groups"] else []
    if entry["mitigations"]:
        charts.append(mitigations_chart(entry, position))
        tables.append(mitigations_table(entry))
    block = _assembled(entry, [chart for chart in charts if chart is not None], tables)
    title = f"Is its confidence right, by {humanise(entry['attribute'], capital=False)}?"
    curves = group_reliability_chart(title, entry["reliability"], f"grouped{position}-")
    return replace(
        block,
        gap_sources=tuple(gap_sources_sentences(entry)),
        details=tuple(_details(entry, record, units)),
        detail_charts=(curves,) if curves else (),
    )


def _details(
    entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str]
) -> Iterator[Table]:
    yield from comparison_table(entry, record, units)
    yield from parity_tables(entry, record["families"][entry["about"]])
    if entry["groups"]:
        yield from set_coverage_tables(entry)
    yield from reliability_tables(entry)
    yield from gap_sources_tables(entry)


def _pair_block(
    entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str]
) -> AttributeBlock:
    """Pairs are many and their groups are more: no chart, and only the groups that fare worst."""
    if not entry["groups"]:
        return _assembled(entry, [], [])
    groups = groups_table(entry, record, units, limit=_MAX_PAIR_GROUPS)
    return _assembled(entry, [], [groups, *parity_tables(entry, record["intersection_family"])])


def _assembled(
    entry: Mapping[str, Any], charts: Sequence[Chart], tables: Sequence[Table]
) -> AttributeBlock:
    return AttributeBlock(
        title=humanise(entry["attribute"]),
        verdict=entry["verdict"],
        tone=verdict_tone(entry["verdict"]),
        explanation=entry["explanation"],
        remarks=tuple(entry["remarks"]),
        charts=tuple(charts),
        tables=tuple(tables),
    )


SECTION = Section(id="fairness", title=_title, lead=_lead, view=view_fairness)
