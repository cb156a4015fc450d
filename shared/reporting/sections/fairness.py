"""Differences between groups: of people (fairness) or of segments of operation (reliability)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.formatting import (
    count_of,
    format_count,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.reliability_charts import group_reliability_figure
from shared.reporting.drawing.curves import PanelFigure
from shared.reporting.drawing.dots import DotFigure
from shared.reporting.page import Table, Tone
from shared.reporting.section import Section
from shared.reporting.tables.attributes import overview_table, verdict_tone
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
from shared.run.artefacts.fairness.record import (
    About,
    AssessmentRecord,
    AttributeRecord,
    FairnessRecord,
    FamilyRecord,
)
from shared.verdicts.findings import metric_unit

__all__ = [
    "SECTION",
    "AttributeBlock",
    "FairnessView",
    "FamilyView",
    "view_fairness",
]

_FAMILIES: dict[About, tuple[str, str]] = {
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
    charts: tuple[DotFigure, ...]
    tables: tuple[Table, ...]
    gap_sources: tuple[tuple[str, str, Tone], ...] = ()
    details: tuple[Table, ...] = ()
    detail_charts: tuple[PanelFigure, ...] = ()


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


def view_fairness(artefacts: Artefacts) -> FairnessView:
    """Lay out `fairness.json`."""
    record = artefacts.fairness
    units = {name: metric_unit(name, artefacts) for name in record.metrics}
    families = [_family(about, record, units) for about in _FAMILIES]
    pairs = record.intersections
    overview = None
    if pairs:
        caption = f"Pairs of attributes {_where(record)}"
        overview = overview_table(pairs, caption, units[record.metric])
    return FairnessView(
        notes=tuple(record.notes),
        families=tuple(family for family in families if family is not None),
        pairs=overview,
        pair_blocks=tuple(_pair_block(entry, record, units) for entry in pairs),
    )


def _where(record: FairnessRecord) -> str:
    return f"on the {record.split} split, n = {format_count(record.n)}"


def _title(artefacts: Artefacts) -> str:
    """What is not about people is not called fairness."""
    subjects = {entry.about for entry in artefacts.fairness.attributes}
    return "Reliability" if subjects == {"conditions"} else "Fairness"


def _lead(artefacts: Artefacts) -> str:
    record = artefacts.fairness
    size = record.intersection_family.size
    pairs = (
        f" Pairs of attributes are a family of their own ({format_count(size)})." if size else ""
    )
    return (
        f"{metric_label(record.metric)} by group, lower is better. A gap is a group's error"
        " minus that of everyone else. Tested by permuting groups among entities, adjusted within"
        f" each family of questions.{pairs} Groups and rates below {record.min_group_size} rows"
        f" are shown with their counts, and not tested. “Equivalent” needs"
        " evidence of its own: two one-sided tests that every gap of those tested is"
        f" below ε = {record.margin:g}."
    )


def _family(about: About, record: FairnessRecord, units: Mapping[str, str]) -> FamilyView | None:
    """One family with its size; None if no attribute is of it."""
    blocks = []
    members = []
    for entry in record.attributes:
        if entry.about == about:
            members.append(entry)
            blocks.append(_block(entry, record, units))
    if not members:
        return None
    title, subject = _FAMILIES[about]
    caption = f"Attributes of {about} {_where(record)}"
    return FamilyView(
        title=title,
        lead=f"{subject} {_describe_family(record.families.of(about))}",
        overview=overview_table(members, caption, units[record.metric]),
        blocks=tuple(blocks),
    )


def _describe_family(family: FamilyRecord) -> str:
    if not family.size:
        return "No attribute could be tested."
    attributes = count_of(family.size, "attribute", "attributes")
    return f"Adjusted for {attributes} ({family.method}, level {family.alpha:g}).{_steps(family)}"


def _steps(family: FamilyRecord) -> str:
    size = family.gap_sources_size
    return (
        f" Where a gap enters is a question apart, adjusted for {count_of(size, 'test', 'tests')}."
        if size
        else ""
    )


def _block(
    entry: AttributeRecord, record: FairnessRecord, units: Mapping[str, str]
) -> AttributeBlock:
    shown = [group for group in entry.groups if not group.suppressed]
    charts: list[DotFigure | None] = []
    if len(shown) > 1:
        charts.append(groups_chart(entry, record, units[record.metric]))
    tables = [groups_table(entry, record, units)] if entry.groups else []
    if entry.mitigations:
        charts.append(mitigations_chart(entry))
        tables.append(mitigations_table(entry))
    block = _assembled(entry, [chart for chart in charts if chart is not None], tables)
    name = humanise(entry.attribute, capital=False)
    curves = group_reliability_figure(name, entry.reliability, record.confidence)
    return replace(
        block,
        gap_sources=tuple(gap_sources_sentences(entry)),
        details=tuple(_details(entry, record, units)),
        detail_charts=(curves,) if curves else (),
    )


def _details(
    entry: AttributeRecord, record: FairnessRecord, units: Mapping[str, str]
) -> Iterator[Table]:
    yield from comparison_table(entry, record, units)
    yield from parity_tables(entry, record.families.of(entry.about))
    if entry.groups:
        yield from set_coverage_tables(entry)
    yield from reliability_tables(entry)
    yield from gap_sources_tables(entry)


def _pair_block(
    entry: AssessmentRecord, record: FairnessRecord, units: Mapping[str, str]
) -> AttributeBlock:
    """Pairs are many and their groups are more: no chart, and only the groups that fare worst."""
    if not entry.groups:
        return _assembled(entry, [], [])
    groups = groups_table(entry, record, units, limit=_MAX_PAIR_GROUPS)
    return _assembled(entry, [], [groups, *parity_tables(entry, record.intersection_family)])


def _assembled(
    entry: AssessmentRecord, charts: Sequence[DotFigure], tables: Sequence[Table]
) -> AttributeBlock:
    return AttributeBlock(
        title=humanise(entry.attribute),
        verdict=entry.verdict,
        tone=verdict_tone(entry.verdict),
        explanation=entry.explanation,
        remarks=tuple(entry.remarks),
        charts=tuple(charts),
        tables=tuple(tables),
    )


SECTION = Section(id="fairness", title=_title, lead=_lead, view=view_fairness)
