"""Stated confidence against what happened: over all rows, by class, and by group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from shared.formatting import count_of, format_count, format_interval, format_value
from shared.reporting.charts.svg import (
    ACCENT,
    DASHED,
    HALF_WIDTH,
    MUTED,
    chart_style,
    inline_svg,
    new_figure,
)
from shared.reporting.page import Chart, Row, Table, make_table
from shared.run.artefacts.fairness.rates import CurvePointRecord, ReliabilityRecord
from shared.run.artefacts.metrics.class_entries import (
    ClassCalibration,
    ClassReliability,
    ReliabilityBin,
)

__all__ = ["class_reliability_chart", "group_reliability_chart", "reliability_chart"]

_PANEL_INCHES = 1.65
_MOST_CLASSES = 12
_MOST_GROUPS = 8
"""Groups that are drawn, the largest; all of them are in `fairness.json`."""
_LEAST_INCHES = 4.2
"""A narrower image would be blown up, with letters larger than the page's."""
_LONGEST_NAME = 22


@dataclass(frozen=True)
class _Point:
    """One bin: what was stated on average, and the share that happened with its interval."""

    stated: float
    share: float
    low: float | None
    high: float | None
    n: int

    def cells(self) -> list[str]:
        """Stated, happened and interval, for a table."""
        return [
            format_value(float(self.stated), "share"),
            format_value(float(self.share), "share"),
            format_interval(self.low, self.high, "share"),
        ]


def reliability_chart(bins: Sequence[ReliabilityBin]) -> Chart:
    """Stated confidence against the share that was right.

    Args:
        bins: As in `ReliabilityBin`: `stated` is the mean probability, the estimate the share of
            right predictions.
    """
    points = [_point(item) for item in bins]
    stated = [point.stated for point in points]
    largest = max(point.n for point in points)
    with chart_style():
        figure, axes = new_figure(HALF_WIDTH, 3.0)
        _draw_diagonal(axes)
        _draw_intervals(axes, points, width=1.2)
        sizes = [14 + 46 * point.n / largest for point in points]
        axes.scatter(stated, [point.share for point in points], s=sizes, color=ACCENT, zorder=3)
        axes.set_xlim(max(0.0, min(stated) - 0.06), 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(visible=True, axis="both")
        axes.set_xlabel("stated confidence")
        axes.set_ylabel("share predicted rightly")
        _in_percent(axes)
        svg = inline_svg(figure, "reliability-")
    rows = [[*point.cells(), format_count(point.n)] for point in points]
    columns = ["#Stated confidence", "#Predicted rightly", "#Interval", "#n"]
    table = make_table("Calibration by bin of stated confidence", columns, rows)
    said = (
        f"Share of right predictions against stated confidence, in {len(bins)} bins. Points on the"
        " dashed diagonal are calibrated; points below it are overconfident."
    )
    return Chart("Is its confidence right?", said, svg, table)


def class_reliability_chart(
    classes: Sequence[ClassReliability], errors: Sequence[ClassCalibration]
) -> Chart:
    """A panel for each class; beyond twelve, for those with the most rows. The table has all.

    Args:
        classes: As in `ClassReliability`.
        errors: Each with `name`, `n` and `ece`, the class's calibration error with its interval.
    """
    points = {item.name: [_point(bin_) for bin_ in item.bins] for item in classes}
    sizes = {item.name: int(item.n) for item in errors}
    largest = set(sorted(points, key=lambda name: -sizes[name])[:_MOST_CLASSES])
    shown = [name for name in points if name in largest]
    rows, columns = _grid(len(shown), most_columns=3)
    width = max(_PANEL_INCHES * columns, _LEAST_INCHES)
    height = max(_PANEL_INCHES * 1.05 * rows, 0.6 * _LEAST_INCHES)
    with chart_style():
        figure, panels = _new_panels(rows, columns, size=(width, height))
        for axes, name in zip(panels, shown, strict=False):
            _draw_class(axes, name, points[name])
        _label_lowest(panels, len(shown), columns)
        figure.supxlabel("stated probability of the class", fontsize="medium")
        figure.supylabel("share of rows of the class", fontsize="medium")
        svg = inline_svg(figure, "class-reliability-")
    said = (
        "Share of rows of a class against its stated probability, for"
        f" {count_of(len(shown), 'class', 'classes')}. Points on the dashed diagonal are"
        " calibrated; below it the class is overstated."
    )
    title = "Is the probability of each class right?"
    return Chart(title, said, svg, _class_table(points, errors))


def group_reliability_chart(
    title: str, groups: Sequence[ReliabilityRecord], prefix: str
) -> Chart | None:
    """Stated confidence against the share that was right, one panel a group.

    None if no group has a curve.

    Args:
        title: Of the chart.
        groups: Entries of `reliability` in `fairness.json`.
        prefix: Makes ids unique on the page.
    """
    points = _largest_groups(groups)
    if not points:
        return None
    rows, columns = _grid(len(points), most_columns=4)
    size = (_PANEL_INCHES * columns + 0.4, _PANEL_INCHES * rows + 0.5)
    with chart_style():
        figure, panels = _new_panels(rows, columns, size=size)
        for axes, (name, curve) in zip(panels, points.items(), strict=False):
            _draw_group(axes, name, curve)
        for axes in panels[len(points) :]:
            axes.set_axis_off()
        figure.supxlabel("stated confidence", fontsize=9.0, color=MUTED)
        figure.supylabel("share predicted rightly", fontsize=9.0, color=MUTED)
        svg = inline_svg(figure, prefix)
    lines: list[Row] = [
        [name, *point.cells(), format_count(point.n)]
        for name, curve in points.items()
        for point in curve
    ]
    titles = ["Group", "#Stated confidence", "#Predicted rightly", "#Interval", "#n"]
    said = (
        f"{title}, {count_of(len(points), 'group', 'groups')}. Points on the dashed diagonal are"
        " calibrated; points below it are overconfident."
    )
    return Chart(title, said, svg, make_table(title, titles, lines))


def _largest_groups(groups: Sequence[ReliabilityRecord]) -> dict[str, list[_Point]]:
    """The curves of the largest groups that have one, in the order of the groups."""
    by_size = sorted(groups, key=lambda group: -group.n)
    chosen = [group.group for group in by_size if group.curve][:_MOST_GROUPS]
    return {
        group.group: [_group_point(item) for item in group.curve]
        for group in groups
        if group.group in chosen
    }


def _point(bin_: ReliabilityBin) -> _Point:
    """Of a `ReliabilityBin`."""
    # A bin has rows, so that its share is known.
    return _Point(bin_.stated, bin_.value or 0.0, bin_.ci_low, bin_.ci_high, bin_.n)


def _group_point(item: CurvePointRecord) -> _Point:
    return _Point(item.confidence, item.correct, item.ci_low, item.ci_high, item.n)


def _grid(number: int, *, most_columns: int) -> tuple[int, int]:
    """Rows and columns for a number of panels."""
    columns = min(most_columns, number)
    return math.ceil(number / columns), columns


def _new_panels(rows: int, columns: int, *, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """A figure of panels that share one scale, in reading order; the last may stay empty.

    Args:
        rows: Of panels.
        columns: Of panels.
        size: Width and height, in inches.
    """
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    return figure, list(grid.reshape(-1))


def _draw_class(axes: Axes, name: str, points: Sequence[_Point]) -> None:
    _draw_diagonal(axes, width=0.8)
    _draw_intervals(axes, points, width=1.0)
    stated = [point.stated for point in points]
    axes.scatter(stated, [point.share for point in points], s=9, color=ACCENT, zorder=3)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    is_short = len(name) <= _LONGEST_NAME
    axes.set_title(name if is_short else f"{name[: _LONGEST_NAME - 1]}…", fontsize="small")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
    _in_percent(axes)


def _draw_group(axes: Axes, name: str, points: Sequence[_Point]) -> None:
    _draw_diagonal(axes)
    _draw_intervals(axes, points, width=1.2)
    stated = [point.stated for point in points]
    shares = [point.share for point in points]
    axes.plot(stated, shares, color=ACCENT, marker="o", markersize=3.0, linewidth=1.0)
    axes.set_title(str(name), fontsize=8.5, color=MUTED)
    axes.set_xlim(0.0, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xticks([0.0, 0.5, 1.0])
    axes.set_yticks([0.0, 0.5, 1.0])
    _in_percent(axes)


def _label_lowest(panels: Sequence[Axes], num_shown: int, num_columns: int) -> None:
    """Tick labels below the lowest panel of each column, though a row may not be full."""
    for axes in panels[max(0, num_shown - num_columns) : num_shown]:
        axes.tick_params(labelbottom=True)
    for axes in panels[num_shown:]:
        axes.set_visible(False)


def _draw_diagonal(axes: Axes, width: float = 0.9) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=width, linestyle=DASHED)


def _draw_intervals(axes: Axes, points: Sequence[_Point], *, width: float) -> None:
    for point in points:
        if point.low is not None and point.high is not None:
            ends = [point.low, point.high]
            axes.plot([point.stated] * 2, ends, color=ACCENT, linewidth=width, alpha=0.5)


def _in_percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _class_table(
    points: Mapping[str, Sequence[_Point]], errors: Sequence[ClassCalibration]
) -> Table:
    error_of = {item.name: item.ece for item in errors}
    rows: list[Row] = []
    for name, curve in points.items():
        error = error_of[name]
        interval = format_interval(error.ci_low, error.ci_high, "share")
        rows.append([name, "all", "", "", format_value(error.value, "share"), interval])
        for point in curve:
            stated, share, interval = point.cells()
            distance = format_value(abs(point.stated - point.share), "share")
            rows.append([name, format_count(point.n), stated, share, distance, interval])
    caption = (
        "Stated probability of each class by bin; the first line of a class has its calibration"
        " error and the interval of that"
    )
    columns = ["Class", "#n", "#Stated", "#Happened", "#Distance", "#Interval"]
    return make_table(caption, columns, rows)
