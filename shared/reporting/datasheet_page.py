"""The datasheet as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.reporting.sections.datasheet_view import view_datasheet

__all__ = ["render_datasheet"]

_FOLDER = Path(__file__).parent


def render_datasheet(datasheet: Mapping[str, Any], *, title: str) -> str:
    """The page as HTML; everything that comes from the data is escaped.

    Args:
        datasheet: As `shared.datasheet.datasheet.make_datasheet` gives it.
        title: Of the pipeline, for people.
    """
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("datasheet.html").render(
        sheet=view_datasheet(datasheet),
        title=title,
        name=datasheet["provenance"]["name"],
        synthetic=bool(datasheet["provenance"]["synthetic"]),
        style=Markup((_FOLDER / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )
