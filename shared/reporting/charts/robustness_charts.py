"""Charts of what changed inputs do.

One small curve for each corruption, and how well each detector notices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, PercentFormatter

from shared.reporting.charts.charts import Band, Estimate
from shared.reporting.charts.svg import ACCENT, INK, MUTED, SECOND, drawing, inline_svg, new_figure
from shared.reporting.formatting import format_interval, format_value
from shared.reporting.page import Chart, Table

__all__ = ["detector_chart", "severity_panel"]

_PANEL_WIDTH, _PANEL_HEIGHT, _WIDTH = 2.2, 1.6, 6.6
_LARGE = 1e4
_MARKS = ((ACCENT, "o", 6.0), (SECOND, "D", 4.5), (MUTED, "s", 4.0))


def severity_panel(
    band: Band, *, limits: tuple[float, float] | None, unit: str, prefix: str
) -> Markup:
    """One corruption: the metric over severities with its interval, 0 being the unchanged rows, whose value is a dashed line.

    Args:
        band: Severities from 0.
        limits: Of the vertical axis; None for its own.
        unit: Of the metric.
        prefix: Unique on the page.
    """
    with drawing():
        figure, axes = new_figure(_PANEL_WIDTH, _PANEL_HEIGHT)
        axes.axhline(band.value[0], color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.fill_between(band.x, band.low, band.high, color=ACCENT, alpha=0.16, linewidth=0)
        axes.plot(band.x, band.value, color=ACCENT, marker="o", markersize=3.0, linewidth=1.5)
        axes.set_xticks([int(x) for x in band.x])
        axes.set_xlim(-0.25, max(band.x) + 0.25)
        if limits is not None:
            axes.set_ylim(*limits)
        axes.locator_params(axis="y", nbins=4)
        if unit == "share":
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        elif max(band.high) >= _LARGE:
            axes.yaxis.set_major_formatter(EngFormatter())
        return inline_svg(figure, prefix)


def detector_chart(
    title: str, rows: Sequence[tuple[str, Mapping[str, Estimate]]], table: Table
) -> Chart:
    """Areas under the ROC curve with intervals, a line for each kind of input, a mark for each detector.

    Args:
        title: What is shown.
        rows: From top to bottom: the input, and each detector's area by its name.
        table: The numbers.
    """
    names = list(dict.fromkeys(name for _, areas in rows for name in areas))
    offsets = np.linspace(0.2, -0.2, len(names)) if len(names) > 1 else np.zeros(1)
    with drawing():
        figure, axes = new_figure(_WIDTH, 0.95 + 0.36 * len(rows))
        places = np.arange(len(rows))[::-1]
        for place, (_, areas) in zip(places, rows, strict=True):
            for name, offset, (colour, mark, size) in zip(names, offsets, _MARKS, strict=False):
                _draw_area(axes, place + offset, areas.get(name), colour, mark, size)
        axes.axvline(0.5, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)), zorder=0)
        axes.set_yticks(places, [label for label, _ in rows], color=INK)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        lowest = min(
            (
                item.low if item.low is not None else item.value or 0.5
                for _, areas in rows
                for item in areas.values()
            ),
            default=0.5,
        )
        axes.set_xlim(max(0.0, min(0.4, lowest - 0.03)), 1.02)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("AUROC: 0.5 is blind, 1 notices every one")
        marks = [
            Line2D([], [], color=colour, marker=mark, markersize=size, linestyle="")
            for colour, mark, size in _MARKS[: len(names)]
        ]
        legend = axes.legend(
            marks,
            names,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=len(names),
            frameon=False,
            handletextpad=0.2,
        )
        for text in legend.get_texts():
            text.set_color(INK)
        svg = inline_svg(figure, "detectors-")
    listed = "; ".join(
        f"{label}: " + ", ".join(_in_words(name, item) for name, item in areas.items())
        for label, areas in rows
    )
    return Chart(
        title,
        f"{title}. {listed}. The dashed line, 0.5, is what a blind detector reaches.",
        svg,
        table,
    )


def _draw_area(
    axes: Axes, place: float, estimate: Estimate | None, colour: str, mark: str, size: float
) -> None:
    if estimate is None or estimate.value is None:
        return
    if estimate.low is not None and estimate.high is not None:
        axes.plot(
            [estimate.low, estimate.high], [place, place], color=colour, linewidth=2.0, alpha=0.45
        )
    axes.plot([estimate.value], [place], marker=mark, color=colour, markersize=size)


def _in_words(name: str, estimate: Estimate) -> str:
    return (
        f"{name} {format_value(estimate.value, 'score')}"
        f" ({format_interval(estimate.low, estimate.high, 'score')})"
    )
