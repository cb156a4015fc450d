"""What the report says, as `report.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, assert_never

from shared.formatting import format_count, format_level, format_seconds, list_names
from shared.reporting.artefacts import Artefacts
from shared.reporting.brief import gather_facts
from shared.reporting.card import card_parts
from shared.reporting.section import ShownSection
from shared.run.artefacts.report.record import ReportRecord, SectionEntry
from shared.run.context import StageContext
from shared.targets import Categories, Horizon, Target
from shared.verdicts.brief.make_brief import make_brief
from shared.verdicts.checklist import judge_run

__all__ = ["make_record"]


def make_record(
    context: StageContext,
    artefacts: Artefacts,
    *,
    sections: Sequence[ShownSection],
    appendix: Sequence[ShownSection],
) -> ReportRecord:
    """Everything that the first layer shows, and the names of what the others do.

    Args:
        context: Of the report stage.
        artefacts: Of the run.
        sections: Of the second layer, in order.
        appendix: Of the third one.
    """
    verdicts = judge_run(artefacts)
    metrics = artefacts.metrics
    pipeline = context.pipeline
    contents = (*_entries("sections", sections), *_entries("appendix", appendix))
    deciding = {name: metrics.metrics[name] for name in metrics.deciding_metrics}
    return ReportRecord(
        run=context.run.path.resolve().name,
        pipeline=pipeline.name,
        title=pipeline.title,
        task=_describe_task(artefacts.target),
        brief=make_brief(artefacts, verdicts),
        verdicts=verdicts,
        primary_metric=metrics.primary_metric,
        metrics=deciding,
        facts=gather_facts(artefacts),
        card=card_parts(artefacts, verdicts),
        contents=contents,
    )


def _entries(
    layer: Literal["sections", "appendix"], sections: Sequence[ShownSection]
) -> list[SectionEntry]:
    return [
        SectionEntry(
            id=section.id,
            layer=layer,
            title=section.title,
            lead=section.lead,
            missing=section.missing if section.view is None else "",
        )
        for section in sections
    ]


def _describe_task(target: Target) -> str:
    match target:
        case Categories(names=names):
            return f"Predicts one of {format_count(len(names))} classes: {list_names(names)}."
        case Horizon():
            seconds = float(target.step_seconds)
            step = format_seconds(seconds) if seconds < 3600 else f"{seconds / 3600:g} h"
            levels = ", ".join(format_level(level) for level in target.quantiles)
            return (
                f"Forecasts {format_count(target.steps)} steps of {step} for"
                f" {list_names(target.channels)} in {target.unit}: the mean and the quantiles"
                f" {levels}."
            )
        case _:
            assert_never(target)
