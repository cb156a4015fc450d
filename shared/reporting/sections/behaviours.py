"""What the model can do with rows whose answer is known, and whose mention moves its score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.formatting import (
    count_of,
    format_count,
    format_difference,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import difference_cell, value_cell
from shared.reporting.drawing.dots import DotFigure, interval_figure
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.run.artefacts.metrics.behaviour_entries import (
    BehaviourExample,
    BehaviourTest,
    CapabilityEntry,
    FillerEntry,
    PredictedRow,
)

__all__ = ["SECTION", "BehavioursView", "view_behaviours"]

_NUM_MOVERS = 12
_KINDS = {
    "minimum functionality": "The class of each row is known",
    "invariance": "The prediction must stay the same",
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
    charts: tuple[DotFigure, ...] = ()
    tests: Table | None = None
    movers: Table | None = None
    all_movers: Table | None = None


def view_behaviours(artefacts: Artefacts) -> BehavioursView | None:
    """Lay out the behaviour tests; None if the pipeline has none."""
    found = artefacts.metrics.behaviours
    if found is None or not (found.tests or found.notes):
        return None
    notes = tuple(found.notes)
    if not found.tests:
        return BehavioursView(notes)
    confidence = artefacts.metrics.confidence
    fillers = found.fillers
    movers = sorted(fillers, key=lambda entry: -abs(entry.shift.value or 0.0))[:_NUM_MOVERS]
    num_fillers = len(fillers)
    has_more = num_fillers > _NUM_MOVERS
    return BehavioursView(
        notes=notes,
        charts=tuple(_charts(found.capabilities, confidence)),
        tests=_test_table(found.tests, confidence),
        movers=_mover_table(movers, num_fillers, confidence) if movers else None,
        all_movers=_mover_table(fillers, num_fillers, confidence) if has_more else None,
    )


def _charts(capabilities: Sequence[CapabilityEntry], confidence: float) -> Iterator[DotFigure]:
    """One of each kind of test."""
    for kind, question in _KINDS.items():
        measured = [(one.capability, one.n, one) for one in capabilities if one.kind == kind]
        if measured:
            title = f"{question}: share of rows that fail, %; {format_level(confidence)} intervals"
            yield interval_figure(title, measured, unit="share", line=0.0)


def _test_table(tests: Sequence[BehaviourTest], confidence: float) -> Table:
    columns = ["Test", "Capability", "#n", "#Failures", "#Probability moves by", "Worst failures"]
    caption = f"Behaviour tests, {format_level(confidence)} intervals by case below"
    return make_table(caption, columns, [_test_row(test) for test in tests])


def _test_row(test: BehaviourTest) -> Row:
    name = Cell(humanise(test.test), test.describe)
    capability = Cell(test.capability, test.kind)
    size = Cell(format_count(test.n), count_of(test.num_cases, "case", "cases"))
    shift = "–" if test.shift is None else difference_cell(test.shift, "share")
    worst, others = _examples(test.examples)
    return [name, capability, size, value_cell(test, "share"), shift, Cell(worst, others)]


def _examples(examples: Sequence[BehaviourExample]) -> tuple[str, str]:
    """The worst failure, and below it the others, unless each quotes two texts."""
    if not examples:
        return "none", ""
    first, *others = examples
    return _example(first), " · ".join(
        _example(example) for example in others if example.original is None
    )


def _example(example: BehaviourExample) -> str:
    said = f"“{example.text}”: {_prediction(example)}"
    if example.accepted:
        return f"{said}, not {' or '.join(example.accepted)}"
    original = example.original
    if original is None:
        return f"{said}, {format_difference(example.shift, 'share')} from the mean of its frame"
    if original.predicted != example.predicted:
        return f"{said}, but “{original.text}”: {_prediction(original)}"
    return f"{said}, {format_difference(example.shift, 'share')} against “{original.text}”"


def _prediction(example: PredictedRow) -> str:
    return f"{example.predicted} ({format_value(example.confidence, 'share')})"


def _mover_table(fillers: Sequence[FillerEntry], num_all: int, confidence: float) -> Table:
    caption = (
        "Who moves the score: probability of the watched class against the mean of the frame,"
        f" {format_level(confidence)} intervals by frame below; verdicts adjusted over all"
        f" {format_count(num_all)} groups (Holm)"
    )
    columns = ["Mentioned", "#n", "#Score moves by", "#Predictions flipped", "Verdict"]
    return make_table(caption, columns, [_mover_row(entry) for entry in fillers])


def _mover_row(entry: FillerEntry) -> Row:
    verdict, tone = _MOVES[entry.verdict]
    size = Cell(format_count(entry.n), count_of(entry.num_cases, "frame", "frames"))
    shown_tone: Tone = "bad" if tone == "warn" and _matters(entry) else tone
    return [
        Cell(entry.group, entry.attribute),
        size,
        difference_cell(entry.shift, "share"),
        value_cell(entry.flip_rate, "share"),
        Cell(verdict, _describe_size(entry), shown_tone),
    ]


def _matters(entry: FillerEntry) -> bool:
    """Whether a shift may be large, and is larger than that of any word which names nobody."""
    return (
        not entry.control
        and not entry.within_margin
        and abs(entry.shift.value or 0.0) > (entry.control_reach or 0.0)
    )


def _describe_size(entry: FillerEntry) -> str:
    """How large a shift is, measured by what matters and by what words that name nobody move."""
    if entry.verdict not in ("raises", "lowers"):
        return ""
    said = [f"surely by less than {_points(entry.margin)}"] if entry.within_margin else []
    reach = entry.control_reach
    if entry.control:
        said.insert(0, "names nobody")
    elif reach is not None:
        further = "further" if abs(entry.shift.value or 0.0) > reach else "no further"
        said.append(f"{further} than any control word ({_points(reach)})")
    return "; ".join(said)


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
