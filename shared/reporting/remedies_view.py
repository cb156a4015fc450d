"""What closing a gap would cost: a table and a picture of accuracy against gap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from shared.reporting.formatting import format_interval, format_plain, format_value
from shared.reporting.page import Cell, Chart, Row, Table, make_table
from shared.reporting.svg import ACCENT, SECOND, drawing, inline_svg, new_figure

__all__ = ["remedies_chart", "remedies_table"]


def remedies_table(entry: Mapping[str, Any]) -> Table:
    """The remedies of one attribute, before and after."""
    rows: list[Row] = []
    for remedy in entry["remedies"]:
        accuracy = remedy["test"]["balanced_accuracy"]
        rows.append(
            [
                Cell(_name(remedy), "chosen on validation" if remedy["chosen"] else ""),
                format_value(remedy["val"]["equalised_odds_difference"], "share"),
                format_value(remedy["test"]["equalised_odds_difference"], "share"),
                Cell(format_value(accuracy["value"], "share"), format_interval(accuracy["ci_low"], accuracy["ci_high"], "share")),
            ]
        )
    columns = ["Decisions", "#Equalised-odds difference, validation", "#Equalised-odds difference, test", "#Balanced accuracy, test"]
    title = "What closing the gap would cost, if the group may be used when deciding (not part of the deployed graph)"
    return make_table(title, columns, rows)


def remedies_chart(entry: Mapping[str, Any], position: int) -> Chart | None:
    """Balanced accuracy against gap on the test part; None if fewer than two points can be drawn. Up and to the left is better."""
    points = [remedy for remedy in entry["remedies"] if remedy["test"]["equalised_odds_difference"] is not None]
    if len(points) < 2:
        return None
    with drawing():
        figure, axes = new_figure(6.6, 3.0)
        for remedy in points:
            _draw(axes, remedy)
        axes.set_xlabel("equalised-odds difference (smaller is fairer)")
        axes.set_ylabel("balanced accuracy")
        axes.set_xlim(left=0.0)
        axes.margins(x=0.3)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0))
        svg = inline_svg(figure, f"remedies-{position}-")
    listed = "; ".join(f"{_name(remedy)} {_said(remedy)}" for remedy in points)
    title = "Accuracy against gap of each remedy"
    return Chart(title, f"{title}, on the test part: {listed}.", svg)


def _draw(axes: Axes, remedy: Mapping[str, Any]) -> None:
    gap, accuracy = remedy["test"]["equalised_odds_difference"], remedy["test"]["balanced_accuracy"]
    colour = SECOND if remedy["chosen"] else ACCENT
    if accuracy["ci_low"] is not None:
        axes.plot([gap, gap], [accuracy["ci_low"], accuracy["ci_high"]], color=colour, linewidth=1.6, alpha=0.35)
    axes.plot([gap], [accuracy["value"]], marker="o", color=colour, markersize=5.5)
    label = f"{_name(remedy)}, chosen" if remedy["chosen"] else _name(remedy)
    if remedy["chosen"] or remedy["method"] == "as deployed":  # the table names the others
        axes.annotate(label, (gap, accuracy["value"]), xytext=(7, 4), textcoords="offset points", color=colour, fontsize=8)


def _said(remedy: Mapping[str, Any]) -> str:
    gap, accuracy = remedy["test"]["equalised_odds_difference"], remedy["test"]["balanced_accuracy"]["value"]
    return f"{format_value(accuracy, 'share')} at {format_value(gap, 'share')}"


def _name(remedy: Mapping[str, Any]) -> str:
    name: str = remedy["method"]
    return name if remedy["strength"] is None else f"{name}, strength {format_plain(remedy['strength'], 2)}"
