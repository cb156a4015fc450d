"""Several curves over one axis, each named at its end, with the table behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from shared.reporting.charts.charts import Band
from shared.reporting.charts.svg import (
    ACCENT,
    GOOD,
    INK,
    MUTED,
    SECOND,
    drawing,
    inline_svg,
    new_figure,
)
from shared.reporting.formatting import format_interval, format_plain, format_value
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

_WIDTH = 4.4
"""Of half a page, as the charts beside it."""

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
    with drawing():
        figure, axes = new_figure(_WIDTH, 3.0)
        for (_, band), (colour, dash) in zip(curves.items(), _cycled(len(curves)), strict=True):
            axes.plot(
                band.x,
                band.value,
                color=colour,
                linestyle=dash,
                marker="o" if len(band.x) < 3 else "",
                markersize=4,
            )
        if curves:
            last, (colour, _) = list(curves.values())[-1], _cycled(len(curves))[-1]
            axes.fill_between(last.x, last.low, last.high, color=colour, alpha=0.14, linewidth=0)
        if reference is not None:
            axes.axhline(reference, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)), zorder=0)
        axes.set_xlabel(layout.x_label)
        axes.set_ylabel(layout.y_label)
        axes.margins(x=0.02)
        _set_ticks(axes, labels)
        if layout.unit == "share":
            axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        _name_curves(axes, curves)
        svg = inline_svg(figure, layout.prefix)
    ends = "; ".join(_ends(name, band, layout.unit) for name, band in curves.items() if len(band.x))
    drawn = (
        "" if reference is None else f" The dashed line is {format_value(reference, layout.unit)}."
    )
    return Chart(
        layout.title, f"{layout.title}: {ends}.{drawn}", svg, _table(layout, curves, labels)
    )


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
            name, (1.0, place), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points", color=colour, va="center",
            annotation_clip=False,
        )  # fmt: skip


def _ends(name: str, band: Band, unit: str) -> str:
    return (
        f"{name} from {format_value(band.value[0], unit)} to {format_value(band.value[-1], unit)}"
    )


def _table(layout: LineChart, curves: Mapping[str, Band], labels: Sequence[str] | None) -> Table:
    places = sorted({x for band in curves.values() for x in band.x})
    found = {name: {x: row for row, x in enumerate(band.x)} for name, band in curves.items()}
    rows = []
    for x in places:
        cells = [labels[int(x)] if labels is not None else format_plain(x)]
        for name, band in curves.items():
            row = found[name].get(x)
            value = "–" if row is None else format_value(band.value[row], layout.unit)
            cells += [
                value,
                "–" if row is None else format_interval(band.low[row], band.high[row], layout.unit),
            ]
        rows.append(cells)
    columns = [f"#{layout.x_label.capitalize()}" if labels is None else layout.x_label.capitalize()]
    for name in curves:
        columns += [f"#{name}", "#Interval"]
    return make_table(layout.title, columns, rows)
