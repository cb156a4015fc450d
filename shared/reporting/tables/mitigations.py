"""What closing a gap would cost: a table and an image of accuracy against gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from shared.reporting.charts.svg import ACCENT, PAPER, SECOND, chart_style, inline_svg, new_figure
from shared.reporting.formatting import format_count, format_interval, format_plain, format_value
from shared.reporting.page import Cell, Chart, Row, Table, make_table

__all__ = ["mitigations_chart", "mitigations_table"]


_TITLE = (
    "What closing the gap would cost. Decisions that need the group are not part of the deployed"
    " graph. A training that closes gaps needs no group when deciding; it is deployed by an"
    " ordinary run with train.mitigation and train.mitigated_attribute"
)


def mitigations_table(entry: Mapping[str, Any]) -> Table:
    """The mitigations of one attribute, before and after."""
    rows: list[Row] = []
    for mitigation in entry["mitigations"]:
        accuracy = mitigation["test"]["balanced_accuracy"]
        rows.append(
            [
                Cell(_name(mitigation), _standing(mitigation)),
                "yes" if mitigation["needs_group"] else "no",
                format_value(mitigation["val"]["equalised_odds_difference"], "share"),
                format_value(mitigation["test"]["equalised_odds_difference"], "share"),
                _worst_group(mitigation["val"]["worst_group"]),
                _worst_group(mitigation["test"]["worst_group"]),
                format_value(mitigation["val"]["balanced_accuracy"], "share"),
                Cell(
                    format_value(accuracy["value"], "share"),
                    format_interval(accuracy["ci_low"], accuracy["ci_high"], "share"),
                ),
            ]
        )
    measures = ("Equalised-odds difference", "Accuracy of the worst group", "Balanced accuracy")
    columns = [f"#{measure}, {part}" for measure in measures for part in ("validation", "test")]
    return make_table(_TITLE, ["Decisions", "Needs the group", *columns], rows)


def _standing(mitigation: Mapping[str, Any]) -> str:
    if mitigation["chosen"]:
        return "chosen on validation"
    return (
        "chosen on validation among those that need no group"
        if mitigation["chosen_without_group"]
        else ""
    )


def _worst_group(worst: Mapping[str, Any] | None) -> Cell:
    if worst is None:
        return Cell("–", "every group is too small")
    return Cell(
        format_value(worst["accuracy"], "share"),
        f"{worst['group']}, n = {format_count(worst['n'])}",
    )


def mitigations_chart(entry: Mapping[str, Any], position: int) -> Chart | None:
    """Balanced accuracy against gap on the test split; None if fewer than two points can be drawn.

    Up and to the left is better.

    Circles are filled where no group is needed to decide.
    """
    points = [
        mitigation
        for mitigation in entry["mitigations"]
        if mitigation["test"]["equalised_odds_difference"] is not None
    ]
    if len(points) < 2:
        return None
    with chart_style():
        figure, axes = new_figure(6.6, 3.0)
        for mitigation in points:
            _draw(axes, mitigation)
        _label(
            axes,
            [
                mitigation
                for mitigation in points
                if mitigation["chosen"] or not mitigation["needs_group"]
            ],
        )  # the table names the others
        axes.set_xlabel("equalised-odds difference (smaller is fairer)")
        axes.set_ylabel("balanced accuracy")
        axes.set_xlim(left=0.0)
        axes.margins(x=0.3)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0))
        svg = inline_svg(figure, f"mitigations-{position}-")
    listed = "; ".join(f"{_name(mitigation)} {_said(mitigation)}" for mitigation in points)
    title = "Accuracy against gap of each mitigation"
    return Chart(
        title,
        f"{title}, on the test split; hollow where the group is needed to decide: {listed}.",
        svg,
    )


def _draw(axes: Axes, mitigation: Mapping[str, Any]) -> None:
    gap, accuracy = (
        mitigation["test"]["equalised_odds_difference"],
        mitigation["test"]["balanced_accuracy"],
    )
    colour = _colour(mitigation)
    if accuracy["ci_low"] is not None:
        axes.plot(
            [gap, gap],
            [accuracy["ci_low"], accuracy["ci_high"]],
            color=colour,
            linewidth=1.6,
            alpha=0.35,
        )
    filled = PAPER if mitigation["needs_group"] else colour
    order = (
        2 if mitigation["needs_group"] else 3
    )  # equal decisions fall on one point, where the one without group must be seen
    axes.plot(
        [gap],
        [accuracy["value"]],
        marker="o",
        color=colour,
        markerfacecolor=filled,
        markersize=5.5,
        zorder=order,
    )


def _label(axes: Axes, mitigations: Sequence[Mapping[str, Any]]) -> None:
    """Names towards the middle of the image, the upper ones above their points and the lower ones below, so that few meet."""
    places = [
        (
            float(item["test"]["equalised_odds_difference"]),
            float(item["test"]["balanced_accuracy"]["value"]),
        )
        for item in mitigations
    ]
    middle_gap, middle_accuracy = (median(values) for values in zip(*places, strict=True))
    for mitigation, (gap, accuracy) in zip(mitigations, places, strict=True):
        name, is_left = _name(mitigation).removeprefix("trained with "), gap <= middle_gap
        axes.annotate(
            f"{name}, chosen" if mitigation["chosen"] else name,
            (gap, accuracy),
            xytext=(7 if is_left else -7, 5 if accuracy >= middle_accuracy else -12),
            textcoords="offset points",
            horizontalalignment="left" if is_left else "right",
            color=_colour(mitigation),
            fontsize=8,
        )


def _colour(mitigation: Mapping[str, Any]) -> str:
    return SECOND if mitigation["chosen"] else ACCENT


def _said(mitigation: Mapping[str, Any]) -> str:
    gap, accuracy = (
        mitigation["test"]["equalised_odds_difference"],
        mitigation["test"]["balanced_accuracy"]["value"],
    )
    return f"{format_value(accuracy, 'share')} at {format_value(gap, 'share')}"


def _name(mitigation: Mapping[str, Any]) -> str:
    name: str = mitigation["method"]
    return (
        name
        if mitigation["strength"] is None
        else f"{name}, strength {format_plain(mitigation['strength'], 2)}"
    )
