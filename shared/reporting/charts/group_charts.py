"""Charts that set groups side by side, one small panel each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from shared.reporting.charts.svg import ACCENT, MUTED, drawing, inline_svg
from shared.reporting.formatting import count_of, format_count, format_interval, format_value
from shared.reporting.page import Chart, Row, make_table

__all__ = ["MAX_PANELS", "group_reliability_chart"]

MAX_PANELS = 8
"""Groups that are drawn, the largest; all of them are in `fairness.json`."""

_COLUMNS, _PANEL_INCHES = 4, 1.65


def group_reliability_chart(
    title: str, groups: Sequence[Mapping[str, Any]], prefix: str
) -> Chart | None:
    """Stated confidence against the share that was right, one panel a group.

    None if no group has a curve.

    Args:
        title: Of the chart.
        groups: Entries of `reliability` in `fairness.json`.
        prefix: Makes ids unique on the page.
    """
    drawn = [group for group in groups if group["curve"]]
    chosen = {group["group"] for group in sorted(drawn, key=lambda group: -group["n"])[:MAX_PANELS]}
    drawn = [group for group in drawn if group["group"] in chosen]
    if not drawn:
        return None
    columns = min(_COLUMNS, len(drawn))
    lines = math.ceil(len(drawn) / columns)
    with drawing():
        figure = Figure(
            figsize=(_PANEL_INCHES * columns + 0.4, _PANEL_INCHES * lines + 0.5),
            layout="constrained",
        )
        panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).reshape(
            -1
        )
        for panel, group in zip(panels, drawn, strict=False):
            _draw(panel, group)
        for panel in panels[len(drawn) :]:
            panel.set_axis_off()
        figure.supxlabel("stated confidence", fontsize=9.0, color=MUTED)
        figure.supylabel("share decided rightly", fontsize=9.0, color=MUTED)
        svg = inline_svg(figure, prefix)
    rows: list[Row] = [
        [
            group["group"],
            format_value(point["confidence"], "share"),
            format_value(point["correct"], "share"),
            format_interval(point["ci_low"], point["ci_high"], "share"),
            format_count(point["n"]),
        ]
        for group in drawn
        for point in group["curve"]
    ]
    table = make_table(
        title, ["Group", "#Stated confidence", "#Decided rightly", "#Interval", "#n"], rows
    )
    describe = (
        f"{title}, {count_of(len(drawn), 'group', 'groups')}. Points on the dashed diagonal keep"
        " their promise; points below it are overconfident."
    )
    return Chart(title, describe, svg, table)


def _draw(panel: Axes, group: Mapping[str, Any]) -> None:
    panel.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)))
    for point in group["curve"]:
        if point["ci_low"] is not None:
            panel.plot(
                [point["confidence"]] * 2,
                [point["ci_low"], point["ci_high"]],
                color=ACCENT,
                linewidth=1.2,
                alpha=0.5,
            )
    panel.plot(
        [point["confidence"] for point in group["curve"]],
        [point["correct"] for point in group["curve"]],
        color=ACCENT,
        marker="o",
        markersize=3.0,
        linewidth=1.0,
    )
    panel.set_title(str(group["group"]), fontsize=8.5, color=MUTED)
    panel.set_xlim(0.0, 1.02)
    panel.set_ylim(-0.02, 1.02)
    panel.set_xticks([0.0, 0.5, 1.0])
    panel.set_yticks([0.0, 0.5, 1.0])
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
