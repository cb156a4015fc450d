"""The report stage: everything that a run found, on one page that needs nothing else.

Never imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from markupsafe import Markup

from shared.formatting import format_count, format_level, format_seconds
from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.reader.order import READER_SECTIONS
from shared.reporting.section import Section, ShownSection
from shared.reporting.sections import (
    behaviours,
    cost,
    data,
    decisions,
    errors,
    explanations,
    fairness,
    reproduce,
    results,
    robustness,
    serving,
    summary,
)
from shared.reporting.templates import page_templates, read_script, read_style, script_digest
from shared.run.context import StageContext
from shared.targets import Categories, Horizon, Target

__all__ = ["APPENDIX", "SECTIONS", "Page", "assemble_page", "render_page", "report_stage"]

SECTIONS: tuple[Section, ...] = (summary.SECTION, *READER_SECTIONS)
"""What is read, in the order of the page: headings and table of contents follow from it."""

APPENDIX: tuple[Section, ...] = (
    results.SECTION,
    errors.SECTION,
    decisions.SECTION,
    robustness.SECTION,
    behaviours.SECTION,
    fairness.SECTION,
    explanations.SECTION,
    serving.SECTION,
    data.SECTION,
    cost.SECTION,
    reproduce.SECTION,
)
"""What is looked up: all other numbers, each section in a fold."""


@dataclass(frozen=True)
class Page:
    """All that the template shows.

    Attributes:
        title: Of the pipeline.
        task: What it predicts, in a sentence.
        badges: What the run was made from, in a few words each.
        synthetic: Whether the data says that it is.
        about_people: Whether the data has groups of people.
        leaks: One sentence for each leak between the splits.
        leaks_allowed: Whether the configuration accepts them.
        sections: What is read, in order.
        appendix: What is looked up, in order.
        style: The style sheet.
        script: The only script; without it all is there but what moves.
        script_digest: As the page's policy names it.
    """

    title: str
    task: str
    run_id: str
    badges: tuple[str, ...]
    synthetic: bool
    about_people: bool
    leaks: tuple[str, ...]
    leaks_allowed: bool
    sections: tuple[ShownSection, ...]
    appendix: tuple[ShownSection, ...]
    style: Markup
    script: Markup
    script_digest: str


def report_stage(context: StageContext) -> None:
    """Write `report.html` from the run's files.

    Raises:
        MissingArtefactError: A file is missing or can't be read; the message names the stage that
            makes it.
    """
    context.progress.update(0, 2, "reading")
    artefacts = read_artefacts(context)
    context.progress.update(1, 2, "drawing")
    context.run.write_text("report.html", render_page(assemble_page(context, artefacts)))
    context.progress.update(2, 2)


def assemble_page(context: StageContext, artefacts: Artefacts) -> Page:
    """Lay out every section."""
    run_id = context.run.path.resolve().name
    data = artefacts.data
    provenance = data.provenance
    leakage = data.datasheet.leakage
    subjects = {entry.about for entry in artefacts.fairness.attributes}
    badges = (
        f"run {run_id}",
        f"preset {artefacts.settings.preset}",
        f"data {provenance.name}",
        f"seed {artefacts.settings.train.seed}",
    )
    return Page(
        title=context.pipeline.title,
        task=_describe_task(artefacts.target),
        run_id=run_id,
        badges=badges,
        synthetic=provenance.synthetic,
        about_people="people" in subjects,
        leaks=leakage.reasons,
        leaks_allowed=leakage.allowed,
        sections=_show(SECTIONS, artefacts),
        appendix=_show(APPENDIX, artefacts),
        style=read_style(),
        script=read_script(),
        script_digest=script_digest(read_script()),
    )


def _show(sections: Sequence[Section], artefacts: Artefacts) -> tuple[ShownSection, ...]:
    """Those that have something to show."""
    shown = (section.show(artefacts) for section in sections)
    return tuple(section for section in shown if section is not None)


def render_page(page: Page) -> str:
    """The page as HTML; everything that comes from a run is escaped."""
    return page_templates().get_template("template.html").render(page=page)


def _describe_task(target: Target) -> str:
    match target:
        case Categories(names=names):
            return f"Predicts one of {format_count(len(names))} classes: {_listed(names)}."
        case Horizon():
            seconds = float(target.step_seconds)
            step = format_seconds(seconds) if seconds < 3600 else f"{seconds / 3600:g} h"
            levels = ", ".join(format_level(level) for level in target.quantiles)
            return (
                f"Forecasts {format_count(target.steps)} steps of {step} for"
                f" {_listed(target.channels)} in {target.unit}: the mean and the quantiles"
                f" {levels}."
            )
        case _:
            assert_never(target)


def _listed(names: tuple[Any, ...], limit: int = 12) -> str:
    shown = ", ".join(map(str, names[:limit]))
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
