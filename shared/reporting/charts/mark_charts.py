"""Values with their intervals, one line each: of one kind, or one mark for each detector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from shared.formatting import format_interval, format_value, shorten
from shared.reporting.charts.svg import (
    ACCENT,
    DASHED,
    FULL_WIDTH,
    INK,
    MUTED,
    SECOND,
    chart_style,
    format_axis,
    inline_svg,
    new_figure,
)
from shared.reporting.page import Chart, Table

__all__ = ["Mark", "detector_chart", "mark_chart"]


@dataclass(frozen=True)
class Mark:
    """A labelled value with its interval and number of examples.

    `value` None if there is not enough data.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class _Style:
    colour: str
    symbol: str
    size: float


_LONGEST_LABEL = 60
"""Characters; longer labels would leave the marks no room. The table has them whole."""

_DETECTOR_STYLES = (_Style(ACCENT, "o", 6.0), _Style(SECOND, "D", 4.5), _Style(MUTED, "s", 4.0))


def mark_chart(
    title: str,
    marks: Sequence[Mark],
    *,
    table: Table,
    unit: str,
    prefix: str,
    reference: float | None = None,
    reference_label: str = "",
) -> Chart:
    """One line a value.

    Args:
        title: What is shown.
        marks: From top to bottom.
        table: The numbers.
        unit: Unit of all values.
        prefix: Unique on the page.
        reference: Where a dashed line is drawn, or None.
        reference_label: What the dashed line is.
    """
    with chart_style():
        figure, axes = new_figure(FULL_WIDTH, 0.55 + 0.27 * len(marks))
        places = np.arange(len(marks))[::-1]
        for place, mark in zip(places.tolist(), marks, strict=True):
            _draw_mark(axes, place, mark)
        if reference is not None:
            axes.axvline(reference, color=MUTED, linewidth=0.9, linestyle=DASHED, zorder=0)
        labels = [shorten(mark.label, _LONGEST_LABEL) for mark in marks]
        axes.set_yticks(places, labels, color=INK)
        axes.set_ylim(-0.7, len(marks) - 0.3)
        _lines_down(axes)
        format_axis(axes.xaxis, unit)
        svg = inline_svg(figure, prefix)
    listed = "; ".join(_in_words(mark, unit) for mark in marks if mark.value is not None)
    said = f"{title}: {listed}."
    if reference is not None:
        said += f" The dashed line is {reference_label}, {format_value(reference, unit)}."
    return Chart(title, said, svg, table)


def detector_chart(
    title: str, rows: Sequence[tuple[str, Mapping[str, Mark]]], table: Table
) -> Chart:
    """Areas under the ROC curve: a line for each kind of input, a mark for each detector.

    Args:
        title: What is shown.
        rows: From top to bottom: the input, and each detector's area by its name.
        table: The numbers.
    """
    names = list(dict.fromkeys(name for _, areas in rows for name in areas))
    styles = dict(zip(names, _DETECTOR_STYLES, strict=False))
    offsets = np.linspace(0.2, -0.2, len(names)) if len(names) > 1 else np.zeros(1)
    with chart_style():
        figure, axes = new_figure(FULL_WIDTH, 0.95 + 0.36 * len(rows))
        places = np.arange(len(rows))[::-1]
        for place, (_, areas) in zip(places.tolist(), rows, strict=True):
            for name, offset in zip(names, offsets.tolist(), strict=True):
                if name in areas:
                    _draw_area(axes, place + offset, areas[name], styles[name])
        axes.axvline(0.5, color=MUTED, linewidth=0.9, linestyle=DASHED, zorder=0)
        axes.set_yticks(places, [label for label, _ in rows], color=INK)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlim(_left_end(area for _, areas in rows for area in areas.values()), 1.02)
        _lines_down(axes)
        axes.set_xlabel("AUROC: 0.5 is blind, 1 notices every one")
        _add_legend(axes, styles)
        svg = inline_svg(figure, "detectors-")
    listed = "; ".join(f"{label}: {_areas_in_words(areas)}" for label, areas in rows)
    said = f"{title}. {listed}. The dashed line, 0.5, is what a blind detector reaches."
    return Chart(title, said, svg, table)


def _lines_down(axes: Axes) -> None:
    """Grid lines at the values, none at the names."""
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.spines.left.set_visible(False)


def _draw_mark(axes: Axes, place: float, mark: Mark) -> None:
    if mark.value is None:
        axes.annotate(
            f"not enough data (n = {mark.n})",
            (0.02, place),
            xycoords=("axes fraction", "data"),
            color=MUTED,
            va="center",
            fontsize=8,
        )
        return
    _draw_interval(axes, place, mark, colour=ACCENT, width=2.2)
    axes.plot([mark.value], [place], marker="o", color=ACCENT, markersize=5.5)


def _draw_area(axes: Axes, place: float, area: Mark, style: _Style) -> None:
    if area.value is None:
        return
    _draw_interval(axes, place, area, colour=style.colour, width=2.0)
    axes.plot([area.value], [place], marker=style.symbol, color=style.colour, markersize=style.size)


def _draw_interval(axes: Axes, place: float, mark: Mark, *, colour: str, width: float) -> None:
    if mark.low is not None and mark.high is not None:
        ends = [mark.low, mark.high]
        axes.plot(ends, [place, place], color=colour, linewidth=width, alpha=0.45)


def _left_end(areas: Iterable[Mark]) -> float:
    """Where the axis begins: at 0.4, or further left for worse detectors."""
    lows = (area.low if area.low is not None else area.value or 0.5 for area in areas)
    return max(0.0, min(0.4, min(lows, default=0.5) - 0.03))


def _add_legend(axes: Axes, styles: Mapping[str, _Style]) -> None:
    marks = [
        Line2D([], [], color=style.colour, marker=style.symbol, markersize=style.size, linestyle="")
        for style in styles.values()
    ]
    legend = axes.legend(
        marks,
        styles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(styles),
        frameon=False,
        handletextpad=0.2,
    )
    for text in legend.get_texts():
        text.set_color(INK)


def _in_words(mark: Mark, unit: str, label: str | None = None) -> str:
    interval = format_interval(mark.low, mark.high, unit)
    return f"{label or mark.label} {format_value(mark.value, unit)} ({interval})"


def _areas_in_words(areas: Mapping[str, Mark]) -> str:
    return ", ".join(_in_words(area, "score", label=name) for name, area in areas.items())
