"""Tables whose second column is drawn: marks of all rows on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shared.formatting import format_difference, format_difference_interval
from shared.reporting.drawing.cells import interval_mark, scale_of
from shared.reporting.page import Cell, Tone
from shared.statistics.intervals import Estimate

__all__ = ["Gap", "MarkedRow", "MarkedTable", "gap_cell", "gap_table"]


@dataclass(frozen=True)
class MarkedRow:
    """One line.

    Attributes:
        name: What it is.
        note: A quieter line.
        drawing: Its mark.
        cells: What stands right of it.
    """

    name: str
    note: str
    drawing: Markup
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MarkedTable:
    """Lines on one scale.

    Attributes:
        caption: What is shown.
        titles: Of the columns, that of the marks second.
        rows: In order.
        ends: What stands below the ends of the scale; empty without.
    """

    caption: str
    titles: tuple[str, ...]
    rows: tuple[MarkedRow, ...]
    ends: tuple[str, str] | tuple[()] = ()


@dataclass(frozen=True)
class Gap:
    """A difference to be drawn.

    Attributes:
        name: What it is of.
        note: A quieter line.
        estimate: With its interval.
        unit: Of all gaps of one table.
        tone: How it is meant.
        cells: What stands right of the difference.
    """

    name: str
    note: str
    estimate: Estimate
    unit: str
    tone: Tone
    cells: tuple[Cell, ...] = ()


def gap_table(caption: str, titles: Sequence[str], gaps: Sequence[Gap]) -> MarkedTable:
    """A forest of differences of one unit, 0 marked; the difference stands in words beside it."""
    ends = [
        end
        for gap in gaps
        for end in (gap.estimate.value, gap.estimate.ci_low, gap.estimate.ci_high)
    ]
    scale = scale_of(ends, including=0.0)
    rows = tuple(
        MarkedRow(
            gap.name,
            gap.note,
            interval_mark(
                gap.estimate.value,
                gap.estimate.ci_low,
                gap.estimate.ci_high,
                scale,
                reference=0.0,
                tone=gap.tone,
            ),
            (gap_cell(gap.estimate, gap.unit, gap.tone), *gap.cells),
        )
        for gap in gaps
    )
    unit = gaps[0].unit if gaps else ""
    ends_said = (format_difference(scale.low, unit), format_difference(scale.high, unit))
    return MarkedTable(caption, tuple(titles), rows, ends_said)


def gap_cell(estimate: Estimate, unit: str, tone: Tone = "") -> Cell:
    """A signed difference above its interval."""
    interval = format_difference_interval(estimate.ci_low, estimate.ci_high, unit)
    return Cell(format_difference(estimate.value, unit), interval, tone)
