"""Why it decides so: a few explained examples, and whether their explanations tell the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from shared.contract import Axis
from shared.evaluation.claims import Claim, Promise
from shared.formatting import (
    format_difference,
    format_difference_interval,
    format_plain,
    format_value,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.explanation_images import (
    ExplanationImage,
    draw_explanation,
    drawn_once,
)
from shared.reporting.drawing.dots import Dot, DotPlot, Guide, place_dots
from shared.reporting.drawing.figure import Figure, csv_download
from shared.reporting.drawing.labels import shortened
from shared.reporting.drawing.scale import tick_words
from shared.reporting.page import Tone
from shared.reporting.section import Section
from shared.run.artefacts.explanations.record import ExplainedExample
from shared.statistics.intervals import Estimate, Interval

__all__ = [
    "SECTION",
    "WhyCard",
    "WhyView",
    "anchor_of",
    "drawn_names",
    "shown_examples",
    "view_why",
]

_MOST_CARDS = 4
_MOST_SEGMENTS = 5
_MORE_THAN_NONE = Promise(low=1e-12)
_FINDINGS: dict[Claim, str] = {
    "shown": "What the explanations point to does decide",
    "not shown": "Not shown that what the explanations point to decides",
    "contradicted": "What the explanations point to does not decide",
}

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class WhyCard:
    """One explained example.

    Attributes:
        anchor: Its id on the page.
        title: What is said, and how sure.
        outcome: What is true.
        tone: Of the outcome.
        image: The example, tinted; None where its strongest segments are drawn instead.
        figure: The same in words and as numbers.
        plot: The strongest segments.
        facts: The tests of this explanation.
    """

    anchor: str
    title: str
    outcome: str
    tone: Tone
    image: ExplanationImage | None
    figure: Figure
    plot: DotPlot
    facts: str


@dataclass(frozen=True)
class WhyView:
    """What the template shows."""

    finding: Markup
    has_sides: bool
    has_known_cause: bool
    cards: tuple[WhyCard, ...]


def shown_examples(artefacts: Artefacts) -> tuple[int, ...]:
    """Places of the examples that this section shows: those of the gallery first, then mistakes."""
    in_gallery = {item.id for item in artefacts.gallery.items}
    examples = artefacts.explanations.examples
    order = sorted(
        range(len(examples)),
        key=lambda place: (examples[place].id not in in_gallery, examples[place].right is True),
    )
    return tuple(order[:_MOST_CARDS])


def anchor_of(place: int) -> str:
    """The id of an explained example on the page."""
    return f"why-{place}"


def drawn_names(artefacts: Artefacts) -> frozenset[str]:
    """Names of the backgrounds that this section draws."""
    view = view_why(artefacts)
    cards = () if view is None else view.cards
    return frozenset(card.image.name for card in cards if card.image is not None)


def view_why(artefacts: Artefacts) -> WhyView | None:
    """Lay out some of `explanations.json`; None if nothing was explained."""
    record = artefacts.explanations
    if not record.examples:
        return None
    axes = tuple(Axis(axis.name, axis.unit) for axis in record.axes)
    cards = [
        _card(place, record.examples[place], artefacts.explanation_arrays[place], axes)
        for place in shown_examples(artefacts)
    ]
    images = iter(drawn_once([card.image for card in cards if card.image is not None]))
    cards = [card if card.image is None else replace(card, image=next(images)) for card in cards]
    first = record.examples[0]
    has_sides = first.probability is not None and first.is_attribution
    known = any("ground_truth" in arrays for arrays in artefacts.explanation_arrays)
    return WhyView(_finding(artefacts), has_sides, known, tuple(cards))


def _finding(artefacts: Artefacts) -> Markup:
    gain = artefacts.explanations.summary.get("deletion_gain")
    if gain is None:
        return Markup("Whether the explanations tell the truth could not be measured.")
    interval = Estimate(value=gain.value, ci_low=gain.ci_low, ci_high=gain.ci_high).interval
    claim = _MORE_THAN_NONE.judge(interval)
    ends = "no interval"
    if interval is not None:
        ends = format_difference_interval(interval.low, interval.high, "share").replace("+", "")
    cost = format_difference(gain.value, "share").removeprefix("+")
    said = Markup(
        "{}: removing it first costs {} more of the answer than a random order ({}; n = {})."
    )
    return said.format(_FINDINGS[claim], cost, ends, gain.n)


def _card(place: int, example: ExplainedExample, arrays: Arrays, axes: tuple[Axis, ...]) -> WhyCard:
    outcome, tone = _outcome(example)
    title = _title(example)
    is_map = len(axes) == 2 and example.probability is None
    image = None if is_map else _unlabelled(draw_explanation(arrays, axes))
    facts = [*_facts(example, arrays), *_describe_axes(arrays, axes)]
    return WhyCard(
        anchor=anchor_of(place),
        title=title,
        outcome=outcome,
        tone=tone,
        image=image,
        figure=_figure(place, title, example, arrays),
        plot=_plot(arrays, example.value_unit),
        facts="; ".join(facts),
    )


def _unlabelled(image: ExplanationImage) -> ExplanationImage:
    """Without letters, which shrink with the image: tiles stand in the CSV, axes below."""
    tiles = tuple(replace(tile, label="") for tile in image.tiles)
    return replace(image, tiles=tiles, horizontal=None, vertical=None)


def _describe_axes(arrays: Arrays, axes: tuple[Axis, ...]) -> list[str]:
    """What lies across and upwards; nothing for pixels and words."""
    if any(axis.unit in ("", "px", "words") for axis in axes):
        return []
    return [
        f"{axis.name} {format_plain(float(low), 3)} to {format_plain(float(high), 3)} {axis.unit}"
        for axis, (low, high) in zip(axes, arrays["extent"], strict=True)
    ]


def _title(example: ExplainedExample) -> str:
    if isinstance(example.predicted, str):
        predicted = shortened(example.predicted)
        if example.explained != example.predicted:
            return f"Why (not) {shortened(example.explained)}? Says {predicted}"
        return f"Says {predicted}, {format_value(example.probability, 'share')} sure"
    return f"{shortened(example.id)}: mean {format_plain(example.predicted, 3)} {example.unit}"


def _outcome(example: ExplainedExample) -> tuple[str, Tone]:
    if example.right:
        return "right", "good"
    if example.right is not None:
        return f"wrong, truly {shortened(str(example.target))}", "bad"
    if example.target is None:
        return "truth not known", "muted"
    truth = format_plain(example.target, 3)
    return f"observed {truth} {example.unit}", "muted"


def _facts(example: ExplainedExample, arrays: Arrays) -> list[str]:
    """Scale and tests."""
    strongest = max(arrays["values"].tolist(), key=abs, default=0.0)
    unit = example.value_unit
    said = [f"strongest {format_difference(strongest, unit)} {unit}"]
    if not example.is_attribution:
        said.append("attention: no attribution")
    if not example.settled:
        said.append("not settled: more evaluations may change it")
    if example.probability_none is not None:
        nothing = format_value(example.probability_none, "share")
        said.append(f"{nothing} with all removed")
    if example.deletion_gain is not None:
        gain = format_difference(example.deletion_gain, "share")
        said.append(f"removal test {gain} over random")
    if example.localisation is not None:
        found = format_value(example.localisation, "share")
        expected = format_value(example.localisation_expected, "share")
        said.append(f"{found} on the known cause, {expected} by chance")
    return said


def _strongest(arrays: Arrays) -> list[int]:
    order: list[int] = np.argsort(-np.abs(arrays["values"]), kind="stable").tolist()
    return order[:_MOST_SEGMENTS]


def _estimate(arrays: Arrays, segment: int) -> Estimate:
    value = float(arrays["values"][segment])
    reach = float(arrays["half_widths"][segment])
    return Estimate.of(value, Interval(value - reach, value + reach))


def _plot(arrays: Arrays, unit: str) -> DotPlot:
    dots = []
    for segment in _strongest(arrays):
        estimate = _estimate(arrays, segment)
        text = format_difference(estimate.value, unit)
        dots.append(Dot.of(str(arrays["names"][segment]), estimate, text))
    return place_dots(dots, lambda value: tick_words(value, unit), guide=Guide(line=0.0))


def _figure(place: int, title: str, example: ExplainedExample, arrays: Arrays) -> Figure:
    rows = []
    for segment, name in enumerate(arrays["names"].tolist()):
        value = float(arrays["values"][segment])
        reach = float(arrays["half_widths"][segment])
        rows.append((name, value, reach if np.isfinite(reach) else None))
    strongest = [str(arrays["names"][segment]) for segment in _strongest(arrays)]
    listed = ", ".join(shortened(name) for name in strongest[:3])
    return Figure(
        title=f"Strongest contributions, {example.value_unit}",
        describe=f"{title}. Of {len(rows)} segments the strongest are {listed or 'none'}.",
        download=csv_download(anchor_of(place), ("segment", "contribution", "half_width"), rows),
    )


SECTION = Section(
    id="why",
    title="Why does it decide so?",
    view=view_why,
    missing="No example was explained.",
    folder="reader",
)
