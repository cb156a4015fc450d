"""The explanations section: a gallery of images, and numbers that say how far to trust them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Axis
from shared.formatting import (
    format_count,
    format_interval,
    format_level,
    format_plain,
    format_value,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.curve_pairs import deletion_chart
from shared.reporting.charts.explanation_images import (
    ExplanationImage,
    draw_explanation,
    drawn_once,
)
from shared.reporting.page import Cell, Chart, Fact, Row, Table, Tone, make_table
from shared.reporting.reader.why import drawn_names
from shared.reporting.section import Section
from shared.reporting.tables.explained.survey import survey_tables
from shared.reporting.tables.explained.trust import trust_tables
from shared.reporting.tables.explanations import explanation_facts, segments_table
from shared.run.artefacts.explanations.record import (
    ExplainedExample,
    Explanations,
    FaithfulnessMean,
    UnexplainedRow,
)
from shared.targets import Categories, Target

__all__ = [
    "SECTION",
    "ExplanationCard",
    "ExplanationsView",
    "describe_explanations",
    "lay_out_explanations",
    "view_explanations",
]

_MOST_NAMED = 3
_SHOWN_MEASURES = {
    "settled": ("Settled", ""),
    "additivity_error_relative": ("Additivity error", ""),
    "deletion_auc": ("Deletion", "deletion_auc_random"),
    "deletion_gain": ("Deletion, gain over random order", ""),
    "insertion_auc": ("Insertion", "insertion_auc_random"),
    "insertion_gain": ("Insertion, gain over random order", ""),
    "localisation": ("Localisation", "localisation_expected"),
    "localisation_gain": ("Localisation, gain over even spread", ""),
    "pointing_hit": ("Pointing", "pointing_expected"),
}
"""Measure -> its label, and the measure of what chance gives."""


@dataclass(frozen=True)
class ExplanationCard:
    """One explained example: the prediction, the image, what it says in words, and numbers.

    `describe` is said instead of the image; `words` stands below it.
    """

    title: str
    identifier: str
    outcome: str
    tone: Tone
    image: ExplanationImage
    describe: str
    words: str
    facts: tuple[Fact, ...]
    segments: Table


@dataclass(frozen=True)
class ExplanationsView:
    """The whole section; `chart` is None if there is nothing to average."""

    raises: str
    lowers: str
    has_ground_truth: bool
    trust: tuple[Table, ...]
    summary: Table
    general: tuple[Table, ...]
    chart: Chart | None
    cards: tuple[ExplanationCard, ...]


def view_explanations(artefacts: Artefacts) -> ExplanationsView:
    """Lay out the explanations of a run."""
    record = artefacts.explanations
    arrays = artefacts.explanation_arrays
    return lay_out_explanations(record, arrays, artefacts.target, before=drawn_names(artefacts))


def lay_out_explanations(
    record: Explanations,
    arrays_of_examples: Sequence[Mapping[str, NDArray[Any]]],
    target: Target,
    *,
    before: Collection[str] = (),
) -> ExplanationsView:
    """Lay out `explanations.json`.

    Args:
        record: What was found.
        arrays_of_examples: Of its examples, in their order.
        target: What was predicted.
        before: Names of backgrounds that the page has drawn further up.
    """
    axes = tuple(Axis(axis.name, axis.unit) for axis in record.axes)
    raises, lowers = _sides(record, target)
    cards = [
        _card(example, arrays, axes)
        for example, arrays in zip(record.examples, arrays_of_examples, strict=True)
    ]
    images = drawn_once([card.image for card in cards], before)
    cards = [replace(card, image=image) for card, image in zip(cards, images, strict=True)]
    survey = record.survey
    known = any("ground_truth" in arrays for arrays in arrays_of_examples)
    return ExplanationsView(
        raises=raises,
        lowers=lowers,
        has_ground_truth=known,
        summary=_summary_table(record.summary, record.confidence),
        general=() if survey is None else survey_tables(survey, record.confidence),
        trust=trust_tables(record),
        chart=_mean_deletion(record.examples),
        cards=tuple(cards),
    )


def _sides(record: Explanations, target: Target) -> tuple[str, str]:
    """What the two colours mean; the second is empty where nothing has it."""
    if not all(example.is_attribution for example in record.examples):
        return "looked at by the network (no attribution)", ""
    if isinstance(target, Categories):
        return "speaks for the explained class", "speaks against it"
    return "raises the forecast", "lowers it"


def _lead(artefacts: Artefacts) -> str:
    return describe_explanations(artefacts.explanations)


def describe_explanations(record: Explanations) -> str:
    """What the explanations are, and which rows have none."""
    unexplained = _describe_unexplained(record.unexplained)
    if not all(example.is_attribution for example in record.examples):
        return (
            "No attribution: how much of its attention the network gave each part of an example,"
            " not what moved its answer. Whether what it looked at decides is tested below."
            + unexplained
        )
    return (
        f"What each part of an example contributes to its answer, with the"
        f" {format_level(record.confidence)} interval that drawing at random leaves; at most"
        f" {format_count(record.max_evaluations)} model evaluations for one example." + unexplained
    )


def _describe_unexplained(rows: Sequence[UnexplainedRow]) -> str:
    if not rows:
        return ""
    return f" Not explained: {'; '.join(f'{row.id} ({row.reason})' for row in rows)}"


def _summary_table(summary: Mapping[str, FaithfulnessMean], confidence: float) -> Table:
    """Each measure beside what chance gives."""
    rows: list[Row] = []
    for name, (label, chance) in _SHOWN_MEASURES.items():
        if name not in summary:
            continue
        item = summary[name]
        unit = item.unit
        value = format_value(item.value, unit)
        by_chance = format_value(summary[chance].value, unit) if chance else "–"
        described = Cell(label, f"{item.describe}; {item.better} is better")
        rows.append(
            [
                described,
                value,
                format_interval(item.ci_low, item.ci_high, unit),
                by_chance,
                format_count(item.n),
            ]
        )
    level = format_level(confidence)
    columns = ["Measure", "#Mean (share)", f"#{level} interval", "#By chance", "#n"]
    caption = "Faithfulness of the explanations, mean over the explained examples"
    return make_table(caption, columns, rows)


def _mean_deletion(examples: Sequence[ExplainedExample]) -> Chart | None:
    """The examples' curves on a common grid, averaged."""
    curves = [
        curve
        for example in examples
        if (curve := example.deletion_curve) is not None and len(curve.share) > 1
    ]
    if not curves:
        return None
    grid = np.linspace(0.0, 1.0, 17)
    informed, random = (
        np.mean([np.interp(grid, curve.share, getattr(curve, kind)) for curve in curves], axis=0)
        for kind in ("informed", "random")
    )
    return deletion_chart(
        grid.tolist(), informed=informed.tolist(), random=random.tolist(), n=len(curves)
    )


def _card(
    example: ExplainedExample, arrays: Mapping[str, NDArray[Any]], axes: Sequence[Axis]
) -> ExplanationCard:
    unit = example.unit
    outcome, tone = _outcome(example, unit)
    words = _in_words(arrays) if example.is_attribution else _looked_at(arrays)
    return ExplanationCard(
        title=_prediction_title(example, unit),
        identifier=str(example.id),
        outcome=outcome,
        tone=tone,
        image=draw_explanation(arrays, axes),
        describe=_describe(example, arrays),
        words=words,
        facts=(*explanation_facts(example), *_localisation_fact(example)),
        segments=segments_table(arrays, example),
    )


def _prediction_title(example: ExplainedExample, unit: str) -> str:
    if isinstance(example.predicted, str) and example.explained != example.predicted:
        return f"Why (not) {example.explained}? Predicted: {example.predicted}"
    if isinstance(example.predicted, str):
        return f"Predicted: {example.predicted}"
    if example.explained != "mean forecast":
        return f"Why so high? {example.explained}: {format_plain(example.score)} {unit}"
    return f"Mean forecast: {format_plain(example.predicted)} {unit}"


def _outcome(example: ExplainedExample, unit: str) -> tuple[str, Tone]:
    if example.right:
        return "right", "good"
    if example.right is not None:
        return f"wrong, truly {example.target}", "bad"
    if example.target is None:
        return "truth not known", "muted"
    return f"observed mean {format_plain(example.target)} {unit}", "muted"


def _localisation_fact(example: ExplainedExample) -> tuple[Fact, ...]:
    """Where the known cause lies; nothing where it is not known."""
    if example.localisation is None:
        return ()
    found = format_value(example.localisation, "share")
    expected = format_value(example.localisation_expected, "share")
    return (Fact("On the known cause", found, f"{expected} if spread evenly"),)


def _in_words(arrays: Mapping[str, NDArray[Any]]) -> str:
    """What raises the answer most, and what lowers it."""
    strongest = _strongest(arrays)
    raising = [f"{name} (+{format_plain(value, 2)})" for name, value in strongest if value > 0.0]
    lowering = [f"{name} ({format_plain(value, 2)})" for name, value in strongest if value < 0.0]
    raised = "; ".join(raising[:_MOST_NAMED]) or "nothing"
    lowered = "; ".join(lowering[:_MOST_NAMED]) or "nothing"
    return f"Raised by {raised}. Lowered by {lowered}."


def _looked_at(arrays: Mapping[str, NDArray[Any]]) -> str:
    named = [f"{name} ({format_value(share, 'share')})" for name, share in _strongest(arrays)]
    return f"Looked at {'; '.join(named[:_MOST_NAMED])}. No attribution."


def _strongest(arrays: Mapping[str, NDArray[Any]]) -> list[tuple[str, float]]:
    """Name and contribution of every segment, largest first."""
    values = arrays["values"]
    order = np.argsort(-np.abs(values), kind="stable").tolist()
    return [(str(arrays["names"][segment]), float(values[segment])) for segment in order]


def _describe(example: ExplainedExample, arrays: Mapping[str, NDArray[Any]]) -> str:
    segments = _strongest(arrays)
    listed = ", ".join(f"{name} ({format_plain(value, 3)})" for name, value in segments[:3])
    return (
        f"Explanation of example {example.id} over {len(segments)} segments. Strongest"
        f" contributions: {listed or 'none'}."
    )


SECTION = Section(id="explanations", title="Explanations", lead=_lead, view=view_explanations)
