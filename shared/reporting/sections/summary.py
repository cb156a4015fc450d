"""The section "At a glance": the headline metric, and a verdict on each question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.page import Tone, Verdict
from shared.reporting.section import Section
from shared.reporting.sections.results import VERDICT_TONES
from shared.reporting.sections.verdicts import view_verdicts

__all__ = ["SECTION", "Headline", "Scale", "SummaryView", "view_headline", "view_summary"]


@dataclass(frozen=True)
class Scale:
    """Positions on a line from 0 to 100, for the drawing beside the headline."""

    low: float
    value: float
    high: float
    baseline: float


@dataclass(frozen=True)
class Headline:
    """The metric that opens the report, in words.

    `scale` is None if it has no interval or no baseline.
    """

    name: str
    describe: str
    value: str
    unit: str
    interval: str
    confidence: str
    n: str
    num_entities: str
    baseline: str
    baseline_name: str
    difference: str
    difference_interval: str
    verdict: str
    tone: Tone
    note: str
    scale: Scale | None


@dataclass(frozen=True)
class SummaryView:
    """The headline metric, what the run remarks, and one verdict a question."""

    headline: Headline
    remarks: tuple[str, ...]
    verdicts: tuple[Verdict, ...]


def view_summary(artefacts: Artefacts) -> SummaryView:
    """What a reader sees first."""
    return SummaryView(
        headline=view_headline(artefacts),
        remarks=tuple(artefacts.metrics["notes"]),
        verdicts=view_verdicts(artefacts),
    )


def view_headline(artefacts: Artefacts) -> Headline:
    """The headline metric with interval, size, baseline and difference."""
    metrics = artefacts.metrics
    name, entry = metrics["headline"], metrics["metrics"][metrics["headline"]]
    against, unit = entry["versus_baseline"], entry["unit"]
    return Headline(
        name=humanise(name),
        describe=entry["describe"],
        value=format_value(entry["value"], unit),
        unit=unit,
        interval=format_interval(entry["ci_low"], entry["ci_high"], unit),
        confidence=format_level(metrics["confidence"]),
        n=format_count(metrics["n"]),
        num_entities=format_count(metrics["num_entities"]),
        baseline=format_value(entry["baseline"], unit),
        baseline_name=humanise(entry["baseline_name"] or "none", capital=False),
        difference=format_difference(against["value"], unit),
        difference_interval=format_difference_interval(against["ci_low"], against["ci_high"], unit),
        verdict=against["verdict"],
        tone=VERDICT_TONES.get(against["verdict"], "muted"),
        note=entry.get("note", ""),
        scale=_scale(entry),
    )


def _scale(entry: Mapping[str, Any]) -> Scale | None:
    marks = [entry[key] for key in ("ci_low", "value", "ci_high", "baseline")]
    if any(mark is None for mark in marks):
        return None
    low, high = min(marks), max(marks)
    # Shares are shown on their whole scale, unless that would hide the difference.
    if entry["unit"] == "share" and high - low > 0.25:
        low, high = 0.0, 1.0
    margin = 0.0 if (low, high) == (0.0, 1.0) else 0.08 * (high - low)
    width = (high - low + 2 * margin) or 1.0
    placed = [round(100 * (mark - low + margin) / width, 2) for mark in marks]
    return Scale(low=placed[0], value=placed[1], high=placed[2], baseline=placed[3])


SECTION = Section(id="summary", title="At a glance", view=view_summary)
