"""What closing a gap would cost: a table and an image of accuracy against gap."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from shared.formatting import format_count, format_plain, format_value, humanise
from shared.reporting.cells import interval_of, value_cell
from shared.reporting.charts.svg import (
    ACCENT,
    FULL_WIDTH,
    PAPER,
    SECOND,
    chart_style,
    inline_svg,
    new_figure,
)
from shared.reporting.page import Cell, Chart, Row, Table, make_table
from shared.run.artefacts.fairness.mitigations import (
    MitigationRecord,
    OutcomeOnTestRecord,
    OutcomeOnValRecord,
    SmallRateRecord,
)
from shared.run.artefacts.fairness.record import AttributeRecord

__all__ = ["mitigations_chart", "mitigations_table"]


_TITLE = (
    "What closing the gap would cost. Decisions that need the group are not part of the deployed"
    " graph. A training that closes gaps needs no group when deciding; it is deployed by an"
    " ordinary run with train.mitigation and train.mitigated_attribute. Differences and worst"
    " groups are of groups and rates with rows enough to be tested; others stand below, in counts"
)
_MOST_NAMED = 2

_Outcome = OutcomeOnValRecord | OutcomeOnTestRecord


def mitigations_table(entry: AttributeRecord) -> Table:
    """The mitigations of one attribute, before and after."""
    measures = ("Equalised-odds difference", "Accuracy of the worst group", "Balanced accuracy")
    columns = [f"#{measure}, {split}" for measure in measures for split in ("validation", "test")]
    rows = [_row(mitigation) for mitigation in entry.mitigations]
    return make_table(_TITLE, ["Decisions", "Needs the group", *columns], rows)


def _row(mitigation: MitigationRecord) -> Row:
    splits = (mitigation.val, mitigation.test)
    gaps = [_gap(split) for split in splits]
    worst = [_worst_group(split) for split in splits]
    accuracy = format_value(mitigation.val.balanced_accuracy, "share")
    accuracy_on_test = value_cell(mitigation.test.balanced_accuracy, "share")
    name = Cell(_name(mitigation), _standing(mitigation))
    needs_group = "yes" if mitigation.needs_group else "no"
    return [name, needs_group, *gaps, *worst, accuracy, accuracy_on_test]


def _standing(mitigation: MitigationRecord) -> str:
    if mitigation.chosen:
        return "chosen on validation"
    return (
        "chosen on validation among those that need no group"
        if mitigation.chosen_without_group
        else ""
    )


def _gap(split: _Outcome) -> Cell:
    small = [rate for rate in split.small_rates if rate.metric != "accuracy"]
    return Cell(format_value(split.equalised_odds_difference, "share"), _left_out(small))


def _worst_group(split: _Outcome) -> Cell:
    worst = split.worst_group
    left_out = _left_out([rate for rate in split.small_rates if rate.metric == "accuracy"])
    if worst is None:
        return Cell("–", left_out or "every group is too small")
    named = f"{worst.group}, n = {format_count(worst.n)}"
    return Cell(format_value(worst.accuracy, "share"), f"{named}; {left_out}".rstrip("; "))


def _left_out(small: Sequence[SmallRateRecord]) -> str:
    """Names rates of few rows with their counts, those that look worst first; "" if none is."""
    if not small:
        return ""
    in_order = sorted(small, key=_badness, reverse=True)
    named = "; ".join(_describe_small(rate) for rate in in_order[:_MOST_NAMED])
    others = len(small) - _MOST_NAMED
    more = f" and {format_count(others)} more in fairness.json" if others > 0 else ""
    return f"not compared: {named}{more}"


def _badness(rate: SmallRateRecord) -> float:
    value = rate.value or 0.0
    return value if rate.metric == "false_positive_rate" else 1.0 - value


def _describe_small(rate: SmallRateRecord) -> str:
    of_class = "" if rate.of_class is None else f" of {rate.of_class}"
    what = f"{rate.group}, {humanise(rate.metric, capital=False)}{of_class}"
    counts = f"{format_count(round((rate.value or 0.0) * rate.n))} of {format_count(rate.n)}"
    return f"{what}: {counts} ({interval_of(rate, 'share')})"


def mitigations_chart(entry: AttributeRecord, position: int) -> Chart | None:
    """Balanced accuracy against gap on the test split; None if fewer than two points can be drawn.

    Up and to the left is better.

    Circles are filled where no group is needed to decide.
    """
    points = [
        mitigation
        for mitigation in entry.mitigations
        if mitigation.test.equalised_odds_difference is not None
    ]
    if len(points) < 2:
        return None
    with chart_style():
        figure, axes = new_figure(FULL_WIDTH, 3.0)
        for mitigation in points:
            _draw(axes, mitigation)
        # The table names the others.
        _label(axes, [one for one in points if one.chosen or not one.needs_group])
        axes.set_xlabel("equalised-odds difference (smaller is fairer)")
        axes.set_ylabel("balanced accuracy")
        axes.set_xlim(left=0.0)
        axes.margins(x=0.3)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0))
        svg = inline_svg(figure, f"mitigations-{position}-")
    listed = "; ".join(f"{_name(mitigation)} {_said(mitigation)}" for mitigation in points)
    title = "Accuracy against gap of each mitigation"
    said = f"{title}, on the test split; hollow where the group is needed to decide: {listed}."
    return Chart(title, said, svg)


def _place(mitigation: MitigationRecord) -> tuple[float, float]:
    """Gap and balanced accuracy on the test split."""
    test = mitigation.test
    return test.equalised_odds_difference or 0.0, test.balanced_accuracy.value or 0.0


def _draw(axes: Axes, mitigation: MitigationRecord) -> None:
    gap, value = _place(mitigation)
    accuracy = mitigation.test.balanced_accuracy
    colour = _colour(mitigation)
    interval = accuracy.interval
    if interval is not None:
        ends = [interval.low, interval.high]
        axes.plot([gap, gap], ends, color=colour, linewidth=1.6, alpha=0.35)
    needs_group = mitigation.needs_group
    axes.plot(
        [gap],
        [value],
        marker="o",
        color=colour,
        markerfacecolor=PAPER if needs_group else colour,
        markersize=5.5,
        # Equal decisions fall on one point, where the one without group must be seen.
        zorder=2 if needs_group else 3,
    )


def _label(axes: Axes, mitigations: Sequence[MitigationRecord]) -> None:
    """Names towards the middle of the image, above or below their points, so that few meet."""
    places = [_place(mitigation) for mitigation in mitigations]
    middle_gap = median(gap for gap, _ in places)
    middle_accuracy = median(accuracy for _, accuracy in places)
    for mitigation, (gap, accuracy) in zip(mitigations, places, strict=True):
        name = _name(mitigation).removeprefix("trained with ")
        is_left = gap <= middle_gap
        is_upper = accuracy >= middle_accuracy
        axes.annotate(
            f"{name}, chosen" if mitigation.chosen else name,
            (gap, accuracy),
            xytext=(7 if is_left else -7, 5 if is_upper else -12),
            textcoords="offset points",
            horizontalalignment="left" if is_left else "right",
            color=_colour(mitigation),
            fontsize=8,
        )


def _colour(mitigation: MitigationRecord) -> str:
    return SECOND if mitigation.chosen else ACCENT


def _said(mitigation: MitigationRecord) -> str:
    gap, accuracy = _place(mitigation)
    return f"{format_value(accuracy, 'share')} at {format_value(gap, 'share')}"


def _name(mitigation: MitigationRecord) -> str:
    name = mitigation.method
    return (
        name
        if mitigation.strength is None
        else f"{name}, strength {format_plain(mitigation.strength, 2)}"
    )
