"""What closing a gap would cost: a table and an image of gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.formatting import format_count, format_plain, format_value, humanise
from shared.reporting.cells import interval_of, value_cell
from shared.reporting.drawing.dots import Dot, DotFigure, Guide, place_dots
from shared.reporting.drawing.figure import Figure, csv_download
from shared.reporting.drawing.scale import tick_words
from shared.reporting.page import Cell, Row, Table, make_table
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


def mitigations_chart(entry: AttributeRecord) -> DotFigure | None:
    """The gap that each leaves on the test split, with its accuracy; None of fewer than two.

    Hollow where the group is needed to decide.
    """
    known = [one for one in entry.mitigations if one.test.equalised_odds_difference is not None]
    if len(known) < 2:
        return None
    title = (
        "Equalised-odds difference that each mitigation leaves on the test split, %: smaller is"
        " fairer. Behind it balanced accuracy. Hollow: the group is needed to decide"
    )
    dots = [_dot(one) for one in known]
    spoken = "; ".join(f"{dot.label}: {dot.text}" for dot in dots)
    rows = [(dot.label, dot.value, *_accuracy(one)) for dot, one in zip(dots, known, strict=True)]
    columns = ("decisions", "equalised_odds_difference", "balanced_accuracy", "ci_low", "ci_high")
    figure = Figure(title, f"{title}. {spoken}.", csv_download("mitigations", columns, rows))
    plot = place_dots(dots, lambda value: tick_words(value, "share"), guide=Guide(line=0.0))
    return DotFigure(figure, plot)


def _dot(mitigation: MitigationRecord) -> Dot:
    test = mitigation.test
    text = (
        f"{format_value(test.equalised_odds_difference, 'share')}; accuracy"
        f" {format_value(test.balanced_accuracy.value, 'share')}"
        f"{', chosen' if mitigation.chosen else ''}"
    )
    dot = Dot(_name(mitigation), test.equalised_odds_difference, None, None, text)
    return replace(dot, is_hollow=mitigation.needs_group)


def _accuracy(mitigation: MitigationRecord) -> tuple[float | None, ...]:
    accuracy = mitigation.test.balanced_accuracy
    return accuracy.value, accuracy.ci_low, accuracy.ci_high


def _name(mitigation: MitigationRecord) -> str:
    name = mitigation.method
    return (
        name
        if mitigation.strength is None
        else f"{name}, strength {format_plain(mitigation.strength, 2)}"
    )
