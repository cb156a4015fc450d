"""The page of two runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import shorten
from typing import Any

from shared.evaluation.run_differences import GroupDifference, OneSidedRow, SettingDifference
from shared.formatting import (
    count_of,
    format_count,
    format_difference,
    format_level,
    format_plain,
    format_value,
    humanise,
    state_p_value,
)
from shared.names import printable
from shared.reporting.beside.comparison_tables import (
    RecordedTables,
    class_table,
    group_forests,
    settings_table,
)
from shared.reporting.beside.marked_table import Gap, MarkedTable, gap_table
from shared.reporting.cells import value_cell
from shared.reporting.drawing.media import RowMedium
from shared.reporting.page import Cell, Table, Tone
from shared.reporting.templates import page_templates, read_style
from shared.statistics.intervals import Estimate

__all__ = ["AboutRuns", "ComparedRuns", "render_comparison"]

_SHARE = "share"
_LONGEST_TEXT = 280
_OVERALL: Mapping[str, tuple[str, Tone]] = {
    "first": ("A is better: {primary} says so, and no metric speaks for B.", "good"),
    "second": ("B is better: {primary} says so, and no metric speaks for A.", "good"),
    "equal": ("Both runs give the same predictions.", ""),
    "inconclusive": ("Neither run is shown to be better: {primary} is inconclusive.", "warn"),
    "not known": ("Neither run is shown to be better: {primary} has no interval.", "warn"),
    "mixed": ("Neither run is better: for A speaks {for_a}, for B speaks {for_b}.", "warn"),
}
_SIDES: Mapping[str, tuple[str, Tone]] = {
    "first": ("for A", "good"),
    "second": ("for B", "bad"),
    "equal": ("equal", ""),
    "inconclusive": ("inconclusive", ""),
    "not known": ("not known", "muted"),
}


@dataclass(frozen=True)
class AboutRuns:
    """Which runs they are.

    Attributes:
        first: Path of A, for people.
        second: Path of B.
        title: Of the pipeline.
        synthetic: Whether the data is generated.
    """

    first: str
    second: str
    title: str
    synthetic: bool


@dataclass(frozen=True)
class ComparedRuns:
    """All that the page says.

    Attributes:
        comparison: As `compare_runs` gives it.
        rows: That only one gets right.
        counts: Of all such rows: `first`, `second`.
        groups: Paired differences in groups.
        settings: That differ.
        about: Which runs they are.
        is_forecast: Whether values are forecasts.
        explained: Row id -> what the link says, and where it leads, for each run that explains it.
        shown: Row id -> its image, sound or text, where the data can still be read.
        recorded: What both runs have recorded of themselves.
    """

    comparison: Mapping[str, Any]
    rows: Sequence[OneSidedRow]
    counts: Mapping[str, int]
    groups: Sequence[GroupDifference]
    settings: Sequence[SettingDifference]
    about: AboutRuns
    is_forecast: bool
    explained: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    shown: Mapping[str, RowMedium] = field(default_factory=dict)
    recorded: RecordedTables = field(default_factory=RecordedTables)


@dataclass(frozen=True)
class _Link:
    said: str
    target: str


@dataclass(frozen=True)
class _Row:
    id: str
    shown: RowMedium
    truth: str
    first: str
    second: str
    strength: str
    links: tuple[_Link, ...]


@dataclass(frozen=True)
class _Side:
    title: str
    rows: tuple[_Row, ...]


@dataclass(frozen=True)
class _Page:
    """What the template lays out."""

    about: AboutRuns
    title: str
    verdict: str
    tone: Tone
    rows_said: str
    metrics: tuple[MarkedTable, ...]
    classes: Table | None
    rows_lead: str
    sides: tuple[_Side, ...]
    groups_lead: str
    groups: tuple[MarkedTable, ...]
    settings: Table | None
    recorded: RecordedTables


def render_comparison(runs: ComparedRuns) -> str:
    """The page as HTML; all names are escaped, and control characters written out.

    Args:
        runs: What was found.
    """
    page = page_templates().get_template("beside/comparison.html")
    return printable(page.render(page=_lay_out(runs), style=read_style()))


def _lay_out(runs: ComparedRuns) -> _Page:
    found = runs.comparison
    verdict, tone = _verdict(found["overall"])
    return _Page(
        about=runs.about,
        title=_title(verdict, found),
        verdict=verdict,
        tone=tone,
        rows_said=_rows_said(found),
        metrics=_metric_forests(found),
        classes=class_table(found),
        rows_lead=_rows_lead(runs),
        sides=_sides(runs),
        groups_lead=_groups_lead(runs),
        groups=group_forests(runs.groups, is_forecast=runs.is_forecast),
        settings=settings_table(runs.settings),
        recorded=runs.recorded,
    )


def _rows_said(found: Mapping[str, Any]) -> str:
    size = found["paired_tests"]["family"]["size"]
    entities = count_of(found["num_entities"], "entity", "entities")
    tests = count_of(size, "paired test", "paired tests")
    return (
        f"On the same {format_count(found['n'])} test rows of {entities}, row by row. Intervals"
        f" ({format_level(found['confidence'])}) are of single metrics; p-values of {tests} are"
        " adjusted together (Holm)."
    )


def _verdict(overall: Mapping[str, Any]) -> tuple[str, Tone]:
    said, tone = _OVERALL[overall["verdict"]]
    names = {side: ", ".join(map(_name, overall[side])) for side in ("for_first", "for_second")}
    text = said.format(
        primary=_name(overall["primary_metric"]),
        for_a=names["for_first"],
        for_b=names["for_second"],
    )
    return text, tone


def _title(verdict: str, found: Mapping[str, Any]) -> str:
    """The finding, with the difference in the primary metric."""
    primary = found["overall"]["primary_metric"]
    entry = found["metrics"][primary]
    said = verdict.partition(":")[0].rstrip(".")
    if found["overall"]["verdict"] == "equal" or entry["difference"]["value"] is None:
        return said
    difference = format_difference(entry["difference"]["value"], _scale_unit(entry["unit"]))
    return f"{said}: {difference} {_name(primary)}"


def _name(metric: str) -> str:
    return humanise(metric, capital=False)


def _metric_forests(found: Mapping[str, Any]) -> tuple[MarkedTable, ...]:
    """A forest for each unit: numbers of one unit share a scale."""
    p_values = {test["metric"]: test["p_adjusted"] for test in found["paired_tests"]["tests"]}
    by_unit: dict[str, list[Gap]] = {}
    for name, entry in found["metrics"].items():
        by_unit.setdefault(entry["unit"], []).append(_metric_gap(name, entry, p_values.get(name)))
    titles = ("metric", "A minus B", "difference", "A", "B", "p, Holm", "speaks")
    return tuple(
        gap_table(f"Paired differences in {_unit(unit)}", titles, gaps)
        for unit, gaps in by_unit.items()
    )


def _unit(unit: str) -> str:
    return "percentage points" if unit == _SHARE else unit or "numbers without a unit"


def _metric_gap(name: str, entry: Mapping[str, Any], p_value: float | None) -> Gap:
    said, tone = _SIDES[entry["verdict"]]
    unit = _scale_unit(entry["unit"])
    tested = "–" if p_value is None else state_p_value(p_value).removeprefix("p ").lstrip("= ")
    cells = (
        value_cell(Estimate(**entry["first"]), unit),
        value_cell(Estimate(**entry["second"]), unit),
        Cell(tested),
        Cell(said, tone=tone),
    )
    note = f"{entry['better']} is better"
    return Gap(humanise(name), note, Estimate(**entry["difference"]), unit, tone, cells)


def _scale_unit(unit: str) -> str:
    return _SHARE if unit == _SHARE else ""


def _rows_lead(runs: ComparedRuns) -> str:
    ours = format_count(runs.counts["first"])
    theirs = format_count(runs.counts["second"])
    if runs.is_forecast:
        return (
            f"A forecast counts for the run whose error is at most half the other's: {ours} for A,"
            f" {theirs} for B. The largest differences stand first; errors are in training standard"
            " deviations."
        )
    return (
        f"Only A is right for {ours} rows, only B for {theirs}; the rest decides nothing. The most"
        " confident right answers stand first."
    )


def _sides(runs: ComparedRuns) -> tuple[_Side, ...]:
    titles = (("first", "Only A"), ("second", "Only B"))
    return tuple(
        _Side(
            f"{title}: {format_count(runs.counts[side])}",
            tuple(_row(runs, row) for row in runs.rows if row.right == side),
        )
        for side, title in titles
    )


def _row(runs: ComparedRuns, row: OneSidedRow) -> _Row:
    if runs.is_forecast:
        strength = f"error smaller by {format_plain(row.strength, 3)}"
    else:
        strength = f"the right one is {format_value(row.strength, _SHARE)} sure"
    links = tuple(_Link(said, target) for said, target in runs.explained.get(row.id, ()))
    found = runs.shown.get(row.id, RowMedium())
    shown = replace(found, text=shorten(found.text, _LONGEST_TEXT, placeholder="…"))
    return _Row(row.id, shown, row.truth, row.first, row.second, strength, links)


def _groups_lead(runs: ComparedRuns) -> str:
    number = "standardised absolute error" if runs.is_forecast else "accuracy"
    return (
        f"Difference of {number} in each group, A minus B on the same rows, intervals by entity and"
        " not adjusted: a gap that closes helps one group more than the others."
    )
