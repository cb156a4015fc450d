"""Each class's stated probability against how often it is the truth, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from shared.reporting.charts.svg import ACCENT, MUTED, drawing, inline_svg
from shared.reporting.formatting import count_of, format_count, format_interval, format_value
from shared.reporting.page import Chart, Row, make_table

__all__ = ["class_reliability_chart"]

_COLUMNS, _MOST_DRAWN = 3, 12
_PANEL_INCHES = 1.65
_LEAST_INCHES = 4.2
"""A narrower image would be blown up, with letters larger than the page's."""
_LONGEST_NAME = 22


def class_reliability_chart(
    classes: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, Any]]
) -> Chart:
    """A panel for each class; beyond twelve, for those with the most rows. The table has all.

    Args:
        classes: Each with `name` and `bins` of `n`, `stated`, `share` and the ends of its interval
            (None if unknown).
        errors: Each with `name`, `n` and `ece`, the class's calibration error with its interval.
    """
    sizes = {item["name"]: int(item["n"]) for item in errors}
    drawn = sorted(classes, key=lambda item: -sizes[item["name"]])[:_MOST_DRAWN]
    shown = [item for item in classes if item in drawn]
    columns = min(_COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    with drawing():
        size = (
            max(_PANEL_INCHES * columns, _LEAST_INCHES),
            max(_PANEL_INCHES * 1.05 * rows, 0.6 * _LEAST_INCHES),
        )
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).reshape(-1)
        for axes, item in zip(panels, shown, strict=False):
            _draw_panel(axes, item)
        for axes in panels[max(0, len(shown) - columns) : len(shown)]:
            axes.tick_params(
                labelbottom=True
            )  # the lowest of its column, though a row that is not full may follow
        for axes in panels[len(shown) :]:
            axes.set_visible(False)
        figure.supxlabel("stated probability of the class", fontsize="medium")
        figure.supylabel("share of rows of the class", fontsize="medium")
        svg = inline_svg(figure, "class-reliability-")
    describe = (
        "Share of rows of a class against its stated probability, for"
        f" {count_of(len(shown), 'class', 'classes')}. Points on the dashed diagonal are right;"
        " below it the class is overstated."
    )
    return Chart(
        "Is the probability of each class right?",
        describe,
        svg,
        make_table(*_table(classes, errors)),
    )


def _draw_panel(axes: Axes, item: Mapping[str, Any]) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
    for bin_ in item["bins"]:
        if bin_["ci_low"] is not None:
            axes.plot(
                [bin_["stated"]] * 2,
                [bin_["ci_low"], bin_["ci_high"]],
                color=ACCENT,
                linewidth=1.0,
                alpha=0.5,
            )
    axes.scatter(
        [bin_["stated"] for bin_ in item["bins"]],
        [bin_["value"] for bin_ in item["bins"]],
        s=9,
        color=ACCENT,
        zorder=3,
    )
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    name = item["name"]
    axes.set_title(
        name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…", fontsize="small"
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _table(
    classes: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, Any]]
) -> tuple[str, list[str], list[Row]]:
    error_of = {item["name"]: item["ece"] for item in errors}
    rows: list[Row] = []
    for item in classes:
        error = error_of[item["name"]]
        rows.append(
            [
                item["name"],
                "all",
                *[""] * 2,
                format_value(error["value"], "share"),
                _interval(error, ""),
            ]
        )
        rows += [
            [
                item["name"],
                format_count(bin_["n"]),
                format_value(bin_["stated"], "share"),
                format_value(bin_["value"], "share"),
                format_value(abs(bin_["stated"] - bin_["value"]), "share"),
                _interval(bin_, "share_"),
            ]
            for bin_ in item["bins"]
        ]
    caption = (
        "Stated probability of each class by bin; the first line of a class has its calibration"
        " error and the interval of that"
    )
    return caption, ["Class", "#n", "#Stated", "#Happened", "#Distance", "#Interval"], rows


def _interval(entry: Mapping[str, Any], prefix: str) -> str:
    return format_interval(entry[f"{prefix}ci_low"], entry[f"{prefix}ci_high"], "share")
