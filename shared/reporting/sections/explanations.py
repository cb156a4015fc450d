"""The explanations section: a gallery of images, and numbers that say how far to trust them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Axis
from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.curve_pairs import deletion_chart
from shared.reporting.charts.explanation_images import ExplanationImage, draw_explanation
from shared.reporting.formatting import (
    format_count,
    format_interval,
    format_level,
    format_plain,
    format_value,
)
from shared.reporting.page import Cell, Chart, Fact, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.run.artefacts.explanations_file import ExplainedExample, FaithfulnessMean
from shared.targets import Categories

__all__ = [
    "ADDITIVITY_LIMIT",
    "SECTION",
    "ExplanationCard",
    "ExplanationsView",
    "view_explanations",
]

ADDITIVITY_LIMIT = 0.01
"""Largest relative error of the sum at which an explanation is called additive."""

_MAX_LISTED_SEGMENTS = 24

_SHOWN_MEASURES = {
    "additivity_error_relative": ("Additivity error", ""),
    "deletion_auc": ("Deletion", "deletion_auc_random"),
    "deletion_gain": ("Deletion, gain over random order", ""),
    "localisation": ("Localisation", "localisation_expected"),
    "localisation_gain": ("Localisation, gain over even spread", ""),
    "pointing_hit": ("Pointing", "pointing_expected"),
}
"""Measure -> its label, and the measure of what chance gives."""


@dataclass(frozen=True)
class ExplanationCard:
    """One explained example: the prediction, the image, its description in words, and numbers."""

    title: str
    identifier: str
    outcome: str
    tone: Tone
    image: ExplanationImage
    describe: str
    facts: tuple[Fact, ...]
    segments: Table


@dataclass(frozen=True)
class ExplanationsView:
    """The whole section; `chart` is None if there is nothing to average."""

    raises: str
    lowers: str
    has_ground_truth: bool
    summary: Table
    chart: Chart | None
    cards: tuple[ExplanationCard, ...]


def view_explanations(artefacts: Artefacts) -> ExplanationsView:
    """Lay out `explanations.json` and its arrays."""
    record = artefacts.explanations
    axes = tuple(Axis(axis.name, axis.unit) for axis in record.axes)
    is_category = isinstance(artefacts.target, Categories)
    unit = "logit" if isinstance(artefacts.target, Categories) else artefacts.target.unit
    cards = [
        _card(example, arrays, axes, unit)
        for example, arrays in zip(record.examples, artefacts.explanation_arrays, strict=True)
    ]
    known = any("ground_truth" in arrays for arrays in artefacts.explanation_arrays)
    return ExplanationsView(
        raises="speaks for the predicted class" if is_category else "raises the forecast",
        lowers="speaks against it" if is_category else "lowers it",
        has_ground_truth=known,
        summary=_summary_table(record.summary, artefacts.metrics.confidence),
        chart=_mean_deletion(record.examples),
        cards=tuple(cards),
    )


def _lead(artefacts: Artefacts) -> str:
    record = artefacts.explanations
    return (
        f"{record.method}; at most {format_count(record.max_evaluations)} model evaluations"
        " for one example."
    )


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
        if (curve := example.deletion_curve) is not None and len(curve.removed_share) > 1
    ]
    if not curves:
        return None
    grid = np.linspace(0.0, 1.0, 17)
    informed, random = (
        np.mean(
            [np.interp(grid, curve.removed_share, getattr(curve, kind)) for curve in curves], axis=0
        )
        for kind in ("informed", "random")
    )
    return deletion_chart(
        grid.tolist(), informed=informed.tolist(), random=random.tolist(), n=len(curves)
    )


def _card(
    example: ExplainedExample, arrays: Mapping[str, NDArray[Any]], axes: Sequence[Axis], unit: str
) -> ExplanationCard:
    outcome, tone = _outcome(example, unit)
    return ExplanationCard(
        title=_prediction_title(example, unit),
        identifier=str(example.id),
        outcome=outcome,
        tone=tone,
        image=draw_explanation(arrays, axes),
        describe=_describe(example, arrays),
        facts=_facts(example, unit),
        segments=_segments_table(arrays, unit),
    )


def _prediction_title(example: ExplainedExample, unit: str) -> str:
    if isinstance(example.predicted, str):
        return f"Predicted: {example.predicted}"
    return f"Mean forecast: {format_plain(example.predicted)} {unit}"


def _outcome(example: ExplainedExample, unit: str) -> tuple[str, Tone]:
    if example.right:
        return "right", "good"
    if example.right is not None:
        return f"wrong, truly {example.target}", "bad"
    if example.target is None:
        return "truth not observed", "muted"
    return f"observed mean {format_plain(example.target)} {unit}", "muted"


def _facts(example: ExplainedExample, unit: str) -> tuple[Fact, ...]:
    score = f"{format_plain(example.score, 3)} {unit}"
    without = f"{format_plain(example.score_none, 3)} with every segment removed"
    error = example.additivity_error_relative
    deletion = format_plain(example.deletion_auc, 2)
    by_chance = format_plain(example.deletion_auc_random, 2)
    evaluations = f"{format_count(example.evaluations)} evaluations"
    cost = f"{example.num_segments} segments, {example.method}"
    return (
        Fact("Score", score, without),
        Fact("Additivity error", format_value(error, "share"), _additivity(error)),
        Fact("Deletion", deletion, f"random order {by_chance}; lower is better"),
        *_localisation_fact(example),
        Fact("Cost", evaluations, cost),
    )


def _additivity(error: float | None) -> str:
    if error is None:
        return "no segment changes the score: there is nothing to explain"
    return "adds up" if error <= ADDITIVITY_LIMIT else "does not add up: do not rely on it"


def _localisation_fact(example: ExplainedExample) -> tuple[Fact, ...]:
    """Where the known cause lies; nothing where it is not known."""
    if example.localisation is None:
        return ()
    found = format_value(example.localisation, "share")
    expected = format_value(example.localisation_expected, "share")
    return (Fact("On the known cause", found, f"{expected} if spread evenly"),)


def _strongest(arrays: Mapping[str, NDArray[Any]]) -> list[tuple[str, float]]:
    """Name and contribution of every segment, largest first."""
    values = arrays["values"]
    order = np.argsort(-np.abs(values), kind="stable").tolist()
    return [(str(arrays["names"][segment]), float(values[segment])) for segment in order]


def _segments_table(arrays: Mapping[str, NDArray[Any]], unit: str) -> Table:
    segments = _strongest(arrays)
    rest = [value for _, value in segments[_MAX_LISTED_SEGMENTS:]]
    rows = [[name, format_plain(value, 3)] for name, value in segments[:_MAX_LISTED_SEGMENTS]]
    if rest:
        together = format_plain(float(np.sum(rest)), 3)
        rows.append([f"{len(rest)} other segments together", together])
    rows.append(["Sum", format_plain(float(arrays["values"].sum()), 3)])
    caption = "Contribution of each segment, largest first"
    return make_table(caption, ["Segment", f"#Contribution ({unit})"], rows)


def _describe(example: ExplainedExample, arrays: Mapping[str, NDArray[Any]]) -> str:
    segments = _strongest(arrays)
    listed = ", ".join(f"{name} ({format_plain(value, 3)})" for name, value in segments[:3])
    return (
        f"Explanation of example {example.id} over {len(segments)} segments. Strongest"
        f" contributions: {listed or 'none'}."
    )


SECTION = Section(id="explanations", title="Explanations", lead=_lead, view=view_explanations)
