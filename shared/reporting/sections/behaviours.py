"""What the model can and can't do in sentences (or signals) of our own, and whose mention moves its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.mark_charts import Mark, mark_chart
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table
from shared.reporting.section import Section

__all__ = ["SECTION", "BehavioursView", "view_behaviours"]

_NUM_MOVERS = 12
_KINDS = {
    "minimum functionality": "The class of each row is known",
    "invariance": "The decision must stay the same",
    "direction": "Confidence must not move the wrong way",
}
_MOVES: dict[str, tuple[str, Tone]] = {
    "raises": ("raises it", "warn"),
    "lowers": ("lowers it", "warn"),
    "inconclusive": ("inconclusive", "muted"),
    "not enough data": ("not enough data", "muted"),
}


@dataclass(frozen=True)
class BehavioursView:
    """Charts and tables of the behaviour tests; only notes where there are none.

    Attributes:
        notes: What they do not test, or why there are none.
        charts: One of each kind of test.
        tests: Every test with its worst failing examples.
        movers: The groups whose mention moves the score most, if tests have fillers.
        all_movers: All groups, where there are more.
    """

    notes: tuple[str, ...]
    charts: tuple[Chart, ...] = ()
    tests: Table | None = None
    movers: Table | None = None
    all_movers: Table | None = None


def view_behaviours(artefacts: Artefacts) -> BehavioursView | None:
    """Lay out the behaviour tests; None if the pipeline has none."""
    found = artefacts.metrics.get("behaviours")
    if not found or not (found["tests"] or found["notes"]):
        return None
    notes = tuple(found["notes"])
    if not found["tests"]:
        return BehavioursView(notes)
    confidence = artefacts.metrics["confidence"]
    movers = sorted(found["fillers"], key=lambda entry: -abs(entry["shift"]["value"] or 0.0))
    return BehavioursView(
        notes=notes,
        charts=tuple(
            _chart(kind, found["capabilities"])
            for kind in _KINDS
            if any(kind == one["kind"] for one in found["capabilities"])
        ),
        tests=_test_table(found["tests"], confidence),
        movers=_mover_table(movers[:_NUM_MOVERS], len(movers), confidence) if movers else None,
        all_movers=(
            _mover_table(found["fillers"], len(movers), confidence)
            if len(movers) > _NUM_MOVERS
            else None
        ),
    )


def _chart(kind: str, capabilities: Sequence[Mapping[str, Any]]) -> Chart:
    estimates = [
        Mark(one["capability"], one["value"], one["ci_low"], one["ci_high"], one["n"])
        for one in capabilities
        if one["kind"] == kind
    ]
    prefix = f"behaviour-{kind.replace(' ', '-')}-"
    title = f"{_KINDS[kind]}: share of rows that fail"
    return mark_chart(
        title, estimates, unit="share", reference=0.0, reference_label="none fails", prefix=prefix
    )


def _test_table(tests: Sequence[Mapping[str, Any]], confidence: float) -> Table:
    rows: list[Row] = [
        [
            Cell(humanise(test["test"]), test["describe"]),
            Cell(test["capability"], test["kind"]),
            Cell(format_count(test["n"]), count_of(test["num_cases"], "case", "cases")),
            Cell(
                format_value(test["value"], "share"),
                format_interval(test["ci_low"], test["ci_high"], "share"),
            ),
            _shift(test["shift"]),
            Cell(*_examples(test["examples"])),
        ]
        for test in tests
    ]
    columns = ["Test", "Capability", "#n", "#Failures", "#Probability moves by", "Worst failures"]
    return make_table(
        f"Behaviour tests, {format_level(confidence)} intervals by case below", columns, rows
    )


def _shift(shift: Mapping[str, Any] | None) -> str | Cell:
    if shift is None:
        return "–"
    return Cell(
        format_difference(shift["value"], "share"),
        format_difference_interval(shift["ci_low"], shift["ci_high"], "share"),
    )


def _examples(examples: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The worst failure, and below it the others, unless each quotes two texts."""
    if not examples:
        return "none", ""
    first, *others = examples
    return _example(first), " · ".join(
        _example(example) for example in others if example["original"] is None
    )


def _example(example: Mapping[str, Any]) -> str:
    said = f"“{example['text']}”: {_decision(example)}"
    if example["accepted"]:
        return f"{said}, not {' or '.join(example['accepted'])}"
    original = example["original"]
    if original is None:
        return f"{said}, {format_difference(example['shift'], 'share')} from the mean of its frame"
    if original["predicted"] != example["predicted"]:
        return f"{said}, but “{original['text']}”: {_decision(original)}"
    return f"{said}, {format_difference(example['shift'], 'share')} against “{original['text']}”"


def _decision(example: Mapping[str, Any]) -> str:
    return f"{example['predicted']} ({format_value(example['confidence'], 'share')})"


def _mover_table(fillers: Sequence[Mapping[str, Any]], num_all: int, confidence: float) -> Table:
    rows: list[Row] = []
    for entry in fillers:
        verdict, tone = _MOVES[entry["verdict"]]
        flips, shift = entry["flip_rate"], entry["shift"]
        rows.append(
            [
                Cell(entry["group"], entry["attribute"]),
                Cell(format_count(entry["n"]), count_of(entry["num_cases"], "frame", "frames")),
                Cell(
                    format_difference(shift["value"], "share"),
                    format_difference_interval(shift["ci_low"], shift["ci_high"], "share"),
                ),
                Cell(
                    format_value(flips["value"], "share"),
                    format_interval(flips["ci_low"], flips["ci_high"], "share"),
                ),
                Cell(verdict, _size(entry), "bad" if tone == "warn" and _matters(entry) else tone),
            ]
        )
    caption = (
        "Who moves the score: probability of the watched class against the mean of the frame,"
        f" {format_level(confidence)} intervals by frame below; verdicts adjusted over all"
        f" {format_count(num_all)} groups (Holm)"
    )
    return make_table(
        caption, ["Mentioned", "#n", "#Score moves by", "#Decisions flipped", "Verdict"], rows
    )


def _matters(entry: Mapping[str, Any]) -> bool:
    """Whether a shift may be large, and is larger than that of any word which names nobody."""
    return (
        not entry["control"]
        and not entry["within_margin"]
        and abs(entry["shift"]["value"]) > (entry["control_reach"] or 0.0)
    )


def _size(entry: Mapping[str, Any]) -> str:
    """How large a shift is, measured by what matters and by what words that name nobody move."""
    if entry["verdict"] not in ("raises", "lowers"):
        return ""
    small = [f"surely by less than {_points(entry['margin'])}"] if entry["within_margin"] else []
    if entry["control"]:
        return "; ".join(["names nobody", *small])
    reach = entry["control_reach"]
    if reach is None:
        return "; ".join(small)
    is_further = abs(entry["shift"]["value"]) > reach
    return "; ".join(
        [
            *small,
            (
                f"{'further than' if is_further else 'no further than'} any control word"
                f" ({_points(reach)})"
            ),
        ]
    )


def _points(share: float) -> str:
    return format_difference(share, "share").removeprefix("+")


SECTION = Section(
    id="behaviours",
    title="Behaviour",
    lead=(
        "Inputs of the pipeline's own, whose right answer, or whose relation to each other, is"
        " known (CheckList, Ribeiro et al. 2020). They show single abilities, not how often each is"
        " needed."
    ),
    view=view_behaviours,
)
