"""The datasheet as one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence

from shared.reporting.tables.datasheet import view_datasheet
from shared.reporting.templates import page_templates, read_style
from shared.run.artefacts.data.datasheet import Datasheet

__all__ = ["render_datasheet"]


def render_datasheet(datasheet: Datasheet, notes: Sequence[str] = (), *, title: str) -> str:
    """The page as HTML; everything that comes from the data is escaped.

    Args:
        datasheet: As `shared.datasheet.datasheet.make_datasheet` gives it.
        notes: Of its source, where they stand nowhere else.
        title: Of the pipeline, for people.
    """
    return (
        page_templates()
        .get_template("datasheet.html")
        .render(
            sheet=view_datasheet(datasheet, notes),
            title=title,
            name=datasheet.provenance.name,
            synthetic=datasheet.provenance.synthetic,
            style=read_style(),
        )
    )
