"""What both runs have recorded of themselves: calibration, service and fairness, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.evaluation.run_differences import GroupDifference, SettingDifference
from shared.formatting import count_of, format_count, format_plain, format_value, humanise
from shared.reporting.beside.marked_table import Gap, MarkedTable, gap_table
from shared.reporting.cells import DASH, difference_cell, value_cell
from shared.reporting.page import Cell, Table, Tone, make_table
from shared.run.artefacts.fairness.record import AttributeRecord, FairnessRecord
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.statistics.intervals import Estimate

__all__ = [
    "RecordedTables",
    "class_table",
    "fairness_table",
    "group_forests",
    "service_table",
    "settings_table",
]


@dataclass(frozen=True)
class RecordedTables:
    """What both runs have recorded of themselves.

    Attributes:
        service: None if neither has any; likewise `fairness`.
        fairness: Verdicts.
    """

    service: Table | None = None
    fairness: Table | None = None


_VERDICT_TONES: dict[str, Tone] = {"gap found": "bad", "equivalent within ε": "good"}

_SERVICE: dict[str, Callable[[Metrics], Estimate | None]] = {
    "Sets that hold the true class": lambda one: None if one.sets is None else one.sets.coverage,
    "Rows answered, the rest handed to a person": lambda one: (
        None if one.abstention is None else one.abstention.answered
    ),
    "Errors among the answers": lambda one: (
        None if one.abstention is None else one.abstention.error_share
    ),
    "Values inside the outer quantiles": lambda one: None if one.coverage is None else one.coverage,
}


def service_table(first: Metrics | None, second: Metrics | None) -> Table | None:
    """Coverage and abstention of both runs, unpaired; None if neither has any."""
    rows: list[tuple[str | Cell, ...]] = []
    for name, read in _SERVICE.items():
        found = [None if side is None else read(side) for side in (first, second)]
        if any(estimate is not None for estimate in found):
            rows.append((name, *(value_cell(estimate, "share") for estimate in found)))
    if not rows:
        return None
    return make_table("In service: each run by its own rules", ("what", "#A", "#B"), rows)


def fairness_table(first: FairnessRecord | None, second: FairnessRecord | None) -> Table | None:
    """The verdict on each attribute of both runs; None if one has none."""
    if first is None or second is None:
        return None
    theirs = {one.attribute: one for one in second.attributes}
    rows = [
        (humanise(one.attribute), _verdict_cell(one), _verdict_cell(theirs.get(one.attribute)))
        for one in first.attributes
    ]
    if not rows:
        return None
    return make_table("What the fairness stage found", ("attribute", "A", "B"), rows)


def _verdict_cell(found: AttributeRecord | None) -> Cell:
    if found is None:
        return DASH
    note = ""
    if found.worst_group is not None and found.spread is not None:
        gap = format_plain(found.spread.value, 3)
        note = f"worst: {found.worst_group}; largest minus smallest error {gap}"
    return Cell(found.verdict, note, _VERDICT_TONES.get(found.verdict, ""))


def class_table(found: Mapping[str, Any]) -> Table | None:
    """The areas of each class; None for forecasts.

    Args:
        found: As `compare_runs` gives it.
    """
    if not found["classes"]:
        return None
    rows = []
    for one in found["classes"]:
        for area, said in (("auc", "AUC"), ("average_precision", "average precision")):
            first, second, difference = (
                Estimate(**one[area][side]) for side in ("first", "second", "difference")
            )
            cells = (value_cell(first, "share"), value_cell(second, "share"))
            count = format_count(one["n"])
            rows.append((one["name"], said, count, *cells, difference_cell(difference, "share")))
    columns = ("class", "area", "#n", "#A", "#B", "#A minus B")
    return make_table("Each class against the rest", columns, rows)


def settings_table(settings: Sequence[SettingDifference]) -> Table | None:
    """The settings that differ; None if none do."""
    if not settings:
        return None
    rows = [
        (one.name, *("–" if side is None else side for side in (one.first, one.second)))
        for one in settings
    ]
    return make_table("Settings that differ", ("setting", "A", "B"), rows)


def group_forests(
    groups: Sequence[GroupDifference], *, is_forecast: bool
) -> tuple[MarkedTable, ...]:
    """A forest for each attribute: A minus B in each group.

    Args:
        groups: Of all attributes.
        is_forecast: Whether values are errors, else shares of right rows.
    """
    unit = "" if is_forecast else "share"
    forests = []
    for attribute in dict.fromkeys(one.attribute for one in groups):
        gaps = [
            _group_gap(one, unit, lower_is_better=is_forecast)
            for one in groups
            if one.attribute == attribute
        ]
        titles = ("group", "A minus B", "difference", "A", "B")
        forests.append(gap_table(humanise(attribute), titles, gaps))
    return tuple(forests)


def _group_gap(one: GroupDifference, unit: str, *, lower_is_better: bool) -> Gap:
    interval = one.difference.interval
    tone: Tone = ""
    if interval is not None and (interval.low > 0.0 or interval.high < 0.0):
        tone = "good" if (interval.low > 0.0) != lower_is_better else "bad"
    cells = (Cell(format_value(one.first, unit)), Cell(format_value(one.second, unit)))
    return Gap(one.group, count_of(one.n, "row", "rows"), one.difference, unit, tone, cells)
