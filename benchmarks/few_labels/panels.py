"""What models reach with few training rows: a panel for each data set, on a common scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from shared.formatting import format_count
from shared.reporting.charts.svg import ACCENT, MUTED, SECOND, chart_style, inline_svg

__all__ = ["FractionCurve", "FractionPanel", "fraction_panels"]

_COLOURS = (ACCENT, MUTED, SECOND)
_DASHES = ("-", (0, (4, 2)), (0, (1, 1)))
_PANEL_INCHES = 3.3
_HEIGHT_INCHES = 2.7


@dataclass(frozen=True)
class FractionCurve:
    """One model; all columns have one length.

    Attributes:
        name: Of the model.
        rows: Training rows, rising.
        value: Share that is right.
        low: Lower ends of its intervals.
        high: Upper ends.
    """

    name: str
    rows: Sequence[float]
    value: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True)
class FractionPanel:
    """One data set.

    Attributes:
        name: Of it.
        curves: At most three, each drawn with its interval as a band.
    """

    name: str
    curves: tuple[FractionCurve, ...]


def fraction_panels(panels: Sequence[FractionPanel], *, prefix: str) -> Markup:
    """Draw panels beside each other.

    Args:
        panels: At least one.
        prefix: Unique on the page.
    """
    with chart_style():
        size = (_PANEL_INCHES * len(panels), _HEIGHT_INCHES)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, panel in zip(grid, panels, strict=True):
            _draw(axes, panel)
        grid[0].set_ylabel("balanced accuracy, test")
        grid[0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        return inline_svg(figure, prefix)


def _draw(axes: Axes, panel: FractionPanel) -> None:
    for curve, colour, dash in zip(panel.curves, _COLOURS, _DASHES, strict=False):
        axes.fill_between(curve.rows, curve.low, curve.high, color=colour, alpha=0.14, linewidth=0)
        (line,) = axes.plot(curve.rows, curve.value, color=colour, linestyle=dash, marker="o")
        line.set_label(curve.name)
        line.set_markersize(4)
    axes.legend(loc="lower right", frameon=False)
    axes.set_xscale("log")
    axes.set_title(panel.name)
    axes.set_xlabel("training rows")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rows, _: format_count(round(rows))))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(sorted({round(rows) for curve in panel.curves for rows in curve.rows}))
