"""The templates of the pages, and their style sheet."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["page_templates", "read_style"]

_FOLDER = Path(__file__).parent


def page_templates() -> Environment:
    """Loads templates from this folder; everything that they insert is escaped."""
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def read_style() -> Markup:
    """The style sheet, to stand inside a page."""
    return Markup((_FOLDER / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
