"""The datasheet as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.reporting.tables.datasheet import view_datasheet
from shared.reporting.templates import page_templates, read_style

__all__ = ["render_datasheet"]


def render_datasheet(datasheet: Mapping[str, Any], *, title: str) -> str:
    """The page as HTML; everything that comes from the data is escaped.

    Args:
        datasheet: As `shared.datasheet.datasheet.make_datasheet` gives it.
        title: Of the pipeline, for people.
    """
    return (
        page_templates()
        .get_template("datasheet.html")
        .render(
            sheet=view_datasheet(datasheet),
            title=title,
            name=datasheet["provenance"]["name"],
            synthetic=bool(datasheet["provenance"]["synthetic"]),
            style=read_style(),
        )
    )
