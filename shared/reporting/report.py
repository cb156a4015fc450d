"""The report stage: everything that a run found, on one page that needs nothing else.

Never imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.brief import BriefView, view_brief
from shared.reporting.reader.order import READER_SECTIONS
from shared.reporting.report_record import make_record
from shared.reporting.section import Section, ShownSection
from shared.reporting.sections import (
    behaviours,
    card,
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
    synthetic,
)
from shared.reporting.templates import page_templates, read_script, read_style, script_digest
from shared.run.artefacts.report.record import ReportRecord
from shared.run.context import StageContext
from shared.run.files import REPORT

__all__ = ["APPENDIX", "SECTIONS", "Page", "assemble_page", "render_page", "report_stage"]

SECTIONS: tuple[Section, ...] = READER_SECTIONS
"""What is read behind the brief, in order; headings and table of contents follow from it."""

APPENDIX: tuple[Section, ...] = (
    summary.SECTION,
    results.SECTION,
    errors.SECTION,
    decisions.SECTION,
    robustness.SECTION,
    behaviours.SECTION,
    fairness.SECTION,
    explanations.SECTION,
    serving.SECTION,
    data.SECTION,
    synthetic.SECTION,
    cost.SECTION,
    reproduce.SECTION,
    card.SECTION,
)
"""What is looked up: all other numbers, each section in a fold."""


@dataclass(frozen=True)
class Page:
    """All that the template shows: three layers, the first to be read, the last to be looked up.

    Attributes:
        record: What the first layer shows, for machines too.
        preset: Of the run.
        about_people: Whether the data has groups of people.
        leaks: One sentence for each leak between the splits.
        leaks_allowed: Whether the configuration accepts them.
        brief: Whether to use the model, and why.
        sections: What is read, in order.
        appendix: What is looked up, in order.
        style: The style sheet.
        script: The only script; without it all is there but what moves.
        script_digest: As the page's policy names it.
    """

    record: ReportRecord
    preset: str
    about_people: bool
    leaks: tuple[str, ...]
    leaks_allowed: bool
    brief: BriefView
    sections: tuple[ShownSection, ...]
    appendix: tuple[ShownSection, ...]
    style: Markup
    script: Markup
    script_digest: str

    @property
    def synthetic(self) -> bool:
        """Whether the data says that it is generated."""
        return self.record.facts.synthetic


def report_stage(context: StageContext) -> None:
    """Write `report.html` and `report.json` from the run's files.

    Raises:
        MissingArtefactError: A file is missing or can't be read; the message names the stage that
            makes it.
    """
    context.progress.update(0, 2, "reading")
    artefacts = read_artefacts(context)
    context.progress.update(1, 2, "drawing")
    page = assemble_page(context, artefacts)
    page.record.write(context.run)
    context.run.write_text(REPORT, render_page(page))
    context.progress.update(2, 2)


def assemble_page(context: StageContext, artefacts: Artefacts) -> Page:
    """Lay out every layer."""
    sections = _show(SECTIONS, artefacts)
    appendix = _show(APPENDIX, artefacts)
    record = make_record(context, artefacts, sections=sections, appendix=appendix)
    leakage = artefacts.data.datasheet.leakage
    subjects = {entry.about for entry in artefacts.fairness.attributes}
    return Page(
        record=record,
        preset=artefacts.settings.preset,
        about_people="people" in subjects,
        leaks=leakage.reasons,
        leaks_allowed=leakage.allowed,
        brief=view_brief(record),
        sections=sections,
        appendix=appendix,
        style=read_style(),
        script=read_script(),
        script_digest=script_digest(read_script()),
    )


def render_page(page: Page) -> str:
    """The page as HTML; everything that comes from a run is escaped."""
    return page_templates().get_template("template.html").render(page=page)


def _show(sections: Sequence[Section], artefacts: Artefacts) -> tuple[ShownSection, ...]:
    """Those that have something to show."""
    shown = (section.show(artefacts) for section in sections)
    return tuple(section for section in shown if section is not None)
