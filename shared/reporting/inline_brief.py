"""The brief of a report as a fragment of HTML, to stand in a page of somebody else's."""

from __future__ import annotations

from shared.reporting.brief import view_brief
from shared.reporting.templates import page_templates
from shared.run.artefacts.report.record import ReportRecord

__all__ = ["render_inline_brief"]


def render_inline_brief(record: ReportRecord) -> str:
    """No style sheet, no script, nothing loaded; all that comes from data is escaped."""
    template = page_templates().get_template("inline_brief.html")
    return template.render(view=view_brief(record), record=record)
