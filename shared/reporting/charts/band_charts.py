"""One curve with an interval around it, drawn as a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from shared.formatting import format_interval, format_plain, format_value
from shared.reporting.charts.svg import (
    ACCENT,
    HALF_WIDTH,
    SECOND,
    chart_style,
    format_axis,
    inline_svg,
    new_figure,
)
from shared.reporting.page import Chart, make_table
from shared.statistics.intervals import Estimate

__all__ = ["Band", "make_band", "share_chart", "step_chart"]


@dataclass(frozen=True)
class Band:
    """A curve with an interval around it."""

    x: Sequence[float]
    value: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def make_band(places: Sequence[float], estimates: Sequence[Estimate | None]) -> Band:
    """The places whose estimate has a value; without an interval the band has no width."""
    known = [
        (place, one.value, one)
        for place, one in zip(places, estimates, strict=True)
        if one is not None and one.value is not None
    ]
    return Band(
        x=[place for place, _, _ in known],
        value=[value for _, value, _ in known],
        low=[_or(one.ci_low, value) for _, value, one in known],
        high=[_or(one.ci_high, value) for _, value, one in known],
    )


def step_chart(
    title: str, band: Band, *, y_label: str, unit: str, nominal: float | None, prefix: str
) -> Chart:
    """A curve over the steps ahead.

    Args:
        title: What is shown.
        band: Over steps from 1.
        y_label: What the curve is.
        unit: Of the curve.
        nominal: Where a dashed line stands for the nominal coverage; None for no line.
        prefix: Unique on the page.
    """
    with chart_style():
        figure, axes = new_figure(HALF_WIDTH, 3.0)
        _draw_band(axes, band)
        if nominal is not None:
            _draw_nominal(axes, format_value(nominal, unit), nominal)
        axes.set_xlabel("steps ahead")
        axes.set_ylabel(y_label)
        axes.set_ylim(bottom=0.0, top=1.02 if unit == "share" else None)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        axes.margins(x=0.02)
        format_axis(axes.yaxis, unit)
        svg = inline_svg(figure, prefix)
    labels = [format_plain(int(x)) for x in band.x]
    columns = ["#Step ahead", f"#{y_label.capitalize()}", "#Interval"]
    table = make_table(title, columns, _rows(labels, band, unit))
    first, last = (
        f"{format_value(band.value[end], unit)} at step {labels[end]}" for end in (0, -1)
    )
    line = "" if nominal is None else f" The dashed line is {format_value(nominal, unit)}."
    return Chart(title, f"{title}. From {first} to {last}.{line}", svg, table)


def share_chart(title: str, band: Band, *, x_label: str, y_label: str) -> Chart:
    """A curve of shares over shares."""
    with chart_style():
        figure, axes = new_figure(HALF_WIDTH, 3.0)
        _draw_band(axes, band)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(bottom=0.0)
        for axis in (axes.xaxis, axes.yaxis):
            format_axis(axis, "share")
        svg = inline_svg(figure, "curve-")
    labels = [format_value(x, "share") for x in band.x]
    columns = [f"#{x_label.capitalize()}", f"#{y_label.capitalize()}", "#Interval"]
    table = make_table(title, columns, _rows(labels, band, "share"))
    first, last = (f"{format_value(band.value[end], 'share')} at {labels[end]}" for end in (0, -1))
    return Chart(title, f"{title}: {y_label} over {x_label}, from {first} to {last}.", svg, table)


def _or(end: float | None, value: float) -> float:
    return value if end is None else end


def _draw_band(axes: Axes, band: Band) -> None:
    axes.fill_between(band.x, band.low, band.high, color=ACCENT, alpha=0.16, linewidth=0)
    marker = "o" if len(band.x) < 3 else ""  # a point or two make no visible line
    axes.plot(band.x, band.value, color=ACCENT, marker=marker, markersize=4)


def _draw_nominal(axes: Axes, text: str, nominal: float) -> None:
    axes.axhline(nominal, color=SECOND, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.annotate(f"dashed: nominal {text}", (0.02, 0.05), xycoords="axes fraction", color=SECOND)


def _rows(labels: Sequence[str], band: Band, unit: str) -> list[list[str]]:
    points = zip(labels, band.value, band.low, band.high, strict=True)
    return [
        [label, format_value(value, unit), format_interval(low, high, unit)]
        for label, value, low, high in points
    ]
