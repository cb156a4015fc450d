"""Who is served worse: the gap of each group to everyone else, and each class within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from shared.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.dots import Dot, DotPlot, Guide, place_dots
from shared.reporting.drawing.figure import Download, Figure, csv_download
from shared.reporting.drawing.labels import isolated
from shared.reporting.drawing.scale import tick_words
from shared.reporting.reader.class_cells import CellsView, view_class_cells
from shared.reporting.section import Section
from shared.run.artefacts.fairness.record import AttributeRecord, FairnessRecord, GroupRecord
from shared.statistics.intervals import Estimate

__all__ = ["SECTION", "GroupsView", "view_groups"]

_MOST_ATTRIBUTES = 8
"""Those with a gap first."""

_MOST_GROUPS = 6
"""Of one attribute; the worst of more."""


@dataclass(frozen=True)
class GroupsView:
    """What the template shows; `cells` is None for forecasts."""

    finding: Markup
    figure: Figure
    plot: DotPlot
    cells: CellsView | None


@dataclass(frozen=True)
class _Gap:
    """One group's gap to everyone else.

    Attributes:
        attribute: Of the group.
        group: The group.
        estimate: None where it is not given.
        is_finding: Whether an adjusted test found the attribute's groups to differ, and this one is
            surely worse.
    """

    attribute: AttributeRecord
    group: GroupRecord
    estimate: Estimate | None
    is_finding: bool

    @property
    def sureness(self) -> tuple[bool, float]:
        """Largest where a group is most surely worse than everyone else."""
        low = None if self.estimate is None else self.estimate.ci_low
        return self.is_finding, -1e300 if low is None else low


def view_groups(artefacts: Artefacts) -> GroupsView | None:
    """Lay out `fairness.json`; None if the data names no groups."""
    record = artefacts.fairness
    attributes = [entry for entry in record.attributes if entry.groups]
    if not attributes:
        return None
    known = artefacts.metrics.metrics.get(record.metric)
    unit = known.unit if known else "share"
    gaps = [_gap(entry, group, record) for entry in attributes for group in entry.groups]
    ranked = sorted(attributes, key=lambda entry: entry.verdict != "gap found")
    kept = ranked[:_MOST_ATTRIBUTES]
    shown = [gap for entry in attributes if entry in kept for gap in _worst(entry, gaps)]
    dots = [_dot(gap, unit) for gap in shown]
    band = (-record.margin, record.margin)
    plot = place_dots(dots, lambda value: tick_words(value, unit), guide=Guide(0.0, band))
    return GroupsView(
        finding=_finding(gaps, record, unit),
        figure=Figure(_title(record, unit, shown, gaps), _describe(shown, unit), _download(gaps)),
        plot=plot,
        cells=view_class_cells(artefacts),
    )


def _gap(entry: AttributeRecord, group: GroupRecord, record: FairnessRecord) -> _Gap:
    estimate = group.gaps.get(record.metric)
    low = None if estimate is None else estimate.ci_low
    is_worse = low is not None and low > 0.0
    return _Gap(entry, group, estimate, entry.verdict == "gap found" and is_worse)


def _worst(entry: AttributeRecord, gaps: Sequence[_Gap]) -> list[_Gap]:
    """Groups of one attribute in their order; of many, those that are most surely worse."""
    members = [gap for gap in gaps if gap.attribute is entry]
    if len(members) <= _MOST_GROUPS:
        return members
    return sorted(members, key=lambda gap: gap.sureness, reverse=True)[:_MOST_GROUPS]


def _dot(gap: _Gap, unit: str) -> Dot:
    estimate = gap.estimate
    size = f"n = {format_count(gap.group.n)}"
    said = "not measured" if estimate is None else format_difference(estimate.value, unit)
    text = f"{said}, {size}, found" if gap.is_finding else f"{said}, {size}"
    return replace(
        Dot.of(gap.group.group, estimate, text),
        tone="bad" if gap.is_finding else "",
        heading=humanise(gap.attribute.attribute),
        is_hollow=bool(gap.group.not_tested),
    )


def _title(record: FairnessRecord, unit: str, shown: Sequence[_Gap], gaps: Sequence[_Gap]) -> str:
    left_out = len(gaps) - len(shown)
    rest = f" Of many groups the worst; {left_out} more in the CSV." if left_out else ""
    metric = "Error" if record.metric == "error" else humanise(record.metric)
    margin = format_difference(record.margin, unit).removeprefix("+")
    name = "points" if unit == "share" else unit
    return (
        f"{metric} of each group minus that of everyone else, {name}:"
        f" right of the line is worse. {format_level(record.confidence)} intervals,"
        f" n = {format_count(record.n)}; band: ±ε = {margin}, too small to matter. Red: found by a"
        f" test adjusted for all attributes.{rest}"
    )


def _describe(shown: Sequence[_Gap], unit: str) -> str:
    worst = sorted(shown, key=lambda gap: gap.sureness, reverse=True)[:5]
    dots = [_dot(gap, unit) for gap in worst]
    spoken = "; ".join(f"{dot.heading} {dot.label}: {dot.text}" for dot in dots)
    return f"Gaps of {len(shown)} groups to everyone else, the most surely worse first. {spoken}."


def _finding(gaps: Sequence[_Gap], record: FairnessRecord, unit: str) -> Markup:
    worst = max(gaps, key=lambda gap: gap.sureness)
    if worst.is_finding and worst.estimate is not None:
        own = worst.group.metrics[record.metric]
        metric = "wrong" if record.metric == "error" else humanise(record.metric, capital=False)
        estimate = worst.estimate
        interval = format_difference_interval(estimate.ci_low, estimate.ci_high, unit)
        return Markup("{} {}: {} {}, {} more than everyone else ({}).").format(
            isolated(humanise(worst.attribute.attribute)),
            isolated(worst.group.group),
            format_value(own.value, unit),
            metric,
            format_difference(estimate.value, unit).removeprefix("+"),
            interval.replace("+", ""),
        )
    entries = {gap.attribute.attribute: gap.attribute for gap in gaps}.values()
    if all(entry.verdict == "equivalent within ε" for entry in entries):
        margin = format_difference(record.margin, unit).removeprefix("+")
        return Markup("No group is served worse by more than {}: shown.").format(margin)
    possible = [entry.largest_compatible_gap for entry in entries]
    largest = max((gap for gap in possible if gap is not None), default=None)
    if largest is None:
        return Markup("Not known: no group has enough rows to compare.")
    gap = format_difference(largest, unit).removeprefix("+")
    return Markup("No gap is surely there, and gaps up to {} are not excluded.").format(gap)


def _download(gaps: Sequence[_Gap]) -> Download:
    rows = [
        (
            gap.attribute.attribute,
            gap.group.group,
            gap.group.n,
            *_numbers(gap.estimate),
            gap.attribute.verdict,
            gap.group.not_tested,
        )
        for gap in gaps
    ]
    columns = ("attribute", "group", "n", "gap", "ci_low", "ci_high", "verdict", "not_tested")
    return csv_download("gaps", columns, rows)


def _numbers(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    if estimate is None:
        return None, None, None
    return estimate.value, estimate.ci_low, estimate.ci_high


SECTION = Section(
    id="groups",
    title="Who is served worse?",
    view=view_groups,
    missing="The data names no groups, so nothing is known about differences between them.",
    folder="reader",
)
