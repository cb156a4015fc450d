"""`report.json`: what the report says, for machines."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.metrics.metric_entries import MetricEntry
from shared.run.artefacts.report.brief import Brief, Facts
from shared.run.artefacts.report.card import CardPart
from shared.run.artefacts.report.verdict import Verdict
from shared.run.files import REPORT_RECORD

__all__ = ["ReportRecord", "SectionEntry"]


class SectionEntry(Block):
    """One section of the page.

    Attributes:
        id: Its anchor in `report.html`.
        layer: What is read behind the brief, or what is looked up.
        title: Its heading.
        lead: The sentence below; empty if there is none.
        missing: Why it shows nothing; empty if it shows something.
    """

    id: str
    layer: Literal["sections", "appendix"]
    title: str
    lead: str
    missing: str


class ReportRecord(Artefact):
    """The report of one run. All other numbers are in the artefacts that it is made from.

    Attributes:
        run: Name of the run's directory.
        pipeline: Name of its pipeline.
        title: Of the pipeline, for people.
        task: What it predicts, in a sentence.
        brief: Whether to use the model, and why.
        verdicts: The checklist, in order.
        primary_metric: The metric that the run is judged by.
        metrics: The deciding metrics, with interval, size, unit and strongest baseline.
        facts: What a reader must know besides its numbers.
        card: What is known for each heading of a model card.
        contents: The sections of the page, in order.
    """

    file: ClassVar[str] = REPORT_RECORD

    schema_version: Literal[1] = 1
    run: str
    pipeline: str
    title: str
    task: str
    brief: Brief
    verdicts: tuple[Verdict, ...]
    primary_metric: str
    metrics: dict[str, MetricEntry]
    facts: Facts
    card: tuple[CardPart, ...]
    contents: tuple[SectionEntry, ...]
