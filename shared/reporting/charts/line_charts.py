"""Several curves over one axis, each named at its end, with the table behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from shared.formatting import format_interval, format_plain, format_value
from shared.reporting.charts.band_charts import Band
from shared.reporting.charts.svg import (
    ACCENT,
    DASHED,
    GOOD,
    HALF_WIDTH,
    INK,
    MUTED,
    SECOND,
    chart_style,
    format_axis,
    inline_svg,
    new_figure,
)
from shared.reporting.page import Chart, Table, make_table

__all__ = ["LineChart", "line_chart"]

_STYLES = (
    (ACCENT, "-"),
    (SECOND, (0, (4, 2))),
    (MUTED, (0, (1, 1))),
    (INK, (0, (6, 1, 1, 1))),
    (GOOD, (0, (2, 1))),
)
"""Colour and dash, so that curves are told apart without colours too; from the last curve, which
matters most, to the first."""

_NAME_GAP = 0.08
"""Smallest distance between two names, as a share of the axis."""


@dataclass(frozen=True)
class LineChart:
    """What is drawn over what; `prefix` is unique on the page."""

    title: str
    x_label: str
    y_label: str
    unit: str
    prefix: str


def line_chart(
    layout: LineChart,
    curves: Mapping[str, Band],
    *,
    labels: Sequence[str] | None,
    reference: float | None,
) -> Chart:
    """Draw curves.

    Args:
        layout: Titles and units.
        curves: Name -> curve; that of the last is drawn with its interval as a band.
        labels: Of the places 0, 1, … on the x axis; None where x is a number of its own.
        reference: Where a dashed line is drawn, or None.
    """
    styles = _cycled(len(curves))
    with chart_style():
        figure, axes = new_figure(HALF_WIDTH, 3.0)
        for band, (colour, dash) in zip(curves.values(), styles, strict=True):
            marker = "o" if len(band.x) < 3 else ""
            axes.plot(band.x, band.value, color=colour, linestyle=dash, marker=marker, markersize=4)
        if curves:
            _shade_last(axes, curves, styles[-1][0])
        if reference is not None:
            axes.axhline(reference, color=MUTED, linewidth=0.9, linestyle=DASHED, zorder=0)
        axes.set_xlabel(layout.x_label)
        axes.set_ylabel(layout.y_label)
        axes.margins(x=0.02)
        _set_ticks(axes, labels)
        format_axis(axes.yaxis, layout.unit)
        _name_curves(axes, curves)
        svg = inline_svg(figure, layout.prefix)
    ends = "; ".join(_ends(name, band, layout.unit) for name, band in curves.items() if len(band.x))
    said = f"{layout.title}: {ends}."
    if reference is not None:
        said += f" The dashed line is {format_value(reference, layout.unit)}."
    return Chart(layout.title, said, svg, _table(layout, curves, labels))


def _shade_last(axes: Axes, curves: Mapping[str, Band], colour: str) -> None:
    last = list(curves.values())[-1]
    axes.fill_between(last.x, last.low, last.high, color=colour, alpha=0.14, linewidth=0)


def _cycled(count: int) -> list[tuple[str, object]]:
    return [_STYLES[place % len(_STYLES)] for place in reversed(range(count))]


def _set_ticks(axes: Axes, labels: Sequence[str] | None) -> None:
    if labels is None:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        return
    places = np.unique(np.linspace(0, len(labels) - 1, min(4, len(labels))).round().astype(int))
    axes.set_xticks(places.tolist(), [labels[place] for place in places])


def _name_curves(axes: Axes, curves: Mapping[str, Band]) -> None:
    """Names at the ends of the curves, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    known = [
        (name, band, style)
        for (name, band), style in zip(curves.items(), _cycled(len(curves)), strict=True)
        if len(band.x)
    ]
    floor = -np.inf
    for name, band, (colour, _) in sorted(known, key=lambda item: item[1].value[-1]):
        place = max((band.value[-1] - low) / (high - low), floor)
        floor = place + _NAME_GAP
        axes.annotate(
            name,
            (1.0, place),
            xycoords="axes fraction",
            xytext=(5, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def _ends(name: str, band: Band, unit: str) -> str:
    return (
        f"{name} from {format_value(band.value[0], unit)} to {format_value(band.value[-1], unit)}"
    )


def _table(layout: LineChart, curves: Mapping[str, Band], labels: Sequence[str] | None) -> Table:
    rows = []
    for x in sorted({x for band in curves.values() for x in band.x}):
        cells = [labels[int(x)] if labels is not None else format_plain(x)]
        for band in curves.values():
            cells += _point_cells(band, x, layout.unit)
        rows.append(cells)
    place = layout.x_label.capitalize()
    columns = [place if labels is not None else f"#{place}"]
    for name in curves:
        columns += [f"#{name}", "#Interval"]
    return make_table(layout.title, columns, rows)


def _point_cells(band: Band, x: float, unit: str) -> list[str]:
    """Value and interval of a curve at a place that it may not have."""
    if x not in band.x:
        return ["–", "–"]
    row = list(band.x).index(x)
    interval = format_interval(band.low[row], band.high[row], unit)
    return [format_value(band.value[row], unit), interval]
