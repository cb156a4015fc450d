"""Differences between groups: of people (fairness) or of segments of operation (reliability)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        "Reliability across segments",
        (
            "Circumstances of the examples, not people: a gap here is a limit of use, not an"
            " unfairness."
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
    """The whole section; no family if the data names no attribute, `pairs` is None if no two were crossed."""

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
    unit, where = (
        units[record["metric"]],
        f"on the {record['split']} part, n = {format_count(record['n'])}",
    )
    pairs = record["intersections"]
    families = tuple(
        family for about in _FAMILIES if (family := _family(about, record, units)) is not None
    )
    return FairnessView(
        notes=tuple(record["notes"]),
        families=families,
        pairs=_overview(pairs, f"Pairs of attributes {where}", unit) if pairs else None,
        pair_blocks=tuple(_pair_block(entry, record, units) for entry in pairs),
    )


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
        f" each family of questions.{pairs} Groups below {record['min_group_size']} examples are"
        " not judged. “Equivalent” needs evidence of its own: two one-sided tests that every gap"
        f" is below ε = {record['margin']:g}."
    )


def _family(about: str, record: Mapping[str, Any], units: Mapping[str, str]) -> FamilyView | None:
    """One family with its size.

    `position` of a block counts over all, because it makes ids unique on the page.
    """
    members = [
        (position, entry)
        for position, entry in enumerate(record["attributes"])
        if entry["about"] == about
    ]
    if not members:
        return None
    (title, subject), family = _FAMILIES[about], record["families"][about]
    tested = (
        f"Adjusted for {count_of(family['size'], 'attribute', 'attributes')} ({family['method']},"
        f" level {family['alpha']:g}).{_steps(family)}"
        if family["size"]
        else "No attribute could be tested."
    )
    caption = (
        f"Attributes of {about} on the {record['split']} part, n = {format_count(record['n'])}"
    )
    return FamilyView(
        title=title,
        lead=f"{subject} {tested}",
        overview=_overview([entry for _, entry in members], caption, units[record["metric"]]),
        blocks=tuple(_block(entry, record, units, position) for position, entry in members),
    )


def _steps(family: Mapping[str, Any]) -> str:
    size = family["gap_sources_size"]
    return (
        f" Where a gap enters is a question apart, adjusted for {count_of(size, 'test', 'tests')}."
        if size
        else ""
    )


def _overview(entries: Sequence[Mapping[str, Any]], caption: str, unit: str) -> Table:
    rows: list[Row] = []
    for entry in entries:
        spread, gaps = (
            entry["spread"],
            (entry["largest_compatible_gap"], entry["smallest_detectable_gap"]),
        )
        raw = "" if spread is None else f"raw {format_plain(float(spread['p_value']), 2)}"
        worst = f"highest error: {entry['worst_group']}" if entry["worst_group"] else ""
        rows.append(
            [
                Cell(humanise(entry["attribute"]), worst),
                Cell(entry["verdict"], _needs(entry), verdict_tone(entry["verdict"])),
                (
                    "–"
                    if spread is None
                    else format_difference(spread["value"], unit).removeprefix("+")
                ),
                "–" if spread is None else Cell(format_plain(float(spread["p_adjusted"]), 2), raw),
                *(
                    "–" if gap is None else format_difference(gap, unit).removeprefix("+")
                    for gap in gaps
                ),
            ]
        )
    columns = [
        "Attribute",
        "Verdict",
        "#Largest minus smallest",
        "#Adjusted p",
        "#Gap still possible",
        "#Gap that would be found",
    ]
    return make_table(caption, columns, rows)


def _needs(entry: Mapping[str, Any]) -> str:
    inconclusive = entry["verdict"] == "inconclusive" and entry["rows_needed"] is not None
    return f"needs n ≈ {format_count(entry['rows_needed'])}" if inconclusive else ""


def _block(
    entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str], position: int
) -> AttributeBlock:
    shown = [group for group in entry["groups"] if not group["suppressed"]]
    chart = (
        groups_chart(entry, record["metric"], units[record["metric"]], position)
        if len(shown) > 1
        else None
    )
    tables = [groups_table(entry, record, units)] if entry["groups"] else []
    trade_off = mitigations_chart(entry, position) if entry["mitigations"] else None
    tables += [mitigations_table(entry)] if entry["mitigations"] else []
    block = _assembled(entry, tuple(item for item in (chart, trade_off) if item), tuple(tables))
    title = f"Does confidence keep its promise, by {humanise(entry['attribute'], capital=False)}?"
    curves = group_reliability_chart(title, entry["reliability"], f"grouped{position}-")
    family = record["families"][entry["about"]]
    details = [
        *comparison_table(entry, record, units),
        *parity_tables(entry, family),
        *(set_coverage_tables(entry) if entry["groups"] else ()),
        *reliability_tables(entry),
        *gap_sources_tables(entry),
    ]
    return replace(
        block,
        gap_sources=tuple(gap_sources_sentences(entry)),
        details=tuple(details),
        detail_charts=(curves,) if curves else (),
    )


def _pair_block(
    entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str]
) -> AttributeBlock:
    """Pairs are many and their groups are more: no chart, and only the groups that fare worst."""
    if not entry["groups"]:
        return _assembled(entry, (), ())
    parity = parity_tables(entry, record["intersection_family"])
    return _assembled(
        entry, (), (groups_table(entry, record, units, limit=_MAX_PAIR_GROUPS), *parity)
    )


def _assembled(
    entry: Mapping[str, Any], charts: tuple[Chart, ...], tables: tuple[Table, ...]
) -> AttributeBlock:
    return AttributeBlock(
        title=humanise(entry["attribute"]),
        verdict=entry["verdict"],
        tone=verdict_tone(entry["verdict"]),
        explanation=entry["explanation"],
        remarks=tuple(entry["remarks"]),
        charts=charts,
        tables=tables,
    )


SECTION = Section(id="fairness", title=_title, lead=_lead, view=view_fairness)
