"""The templates of the pages, and their style sheet."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.names import printable
from shared.reporting.charts.style_classes import chart_rules
from shared.reporting.drawing.labels import isolated

__all__ = ["page_templates", "read_script", "read_style", "script_digest"]

_FOLDER = Path(__file__).parent

_LEFTWARD = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
"""Blocks of scripts that are written from right to left (Unicode, DerivedBidiClass)."""
_LEFTWARD_NAME = re.compile(f"[{_LEFTWARD}]+(?:[ \\-'\u2019_][{_LEFTWARD}]+)*")


def page_templates() -> Environment:
    """Loads templates from this folder; everything that they insert is escaped and printable."""
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["cell"] = _cell_text
    return templates


def _cell_text(text: str) -> str | Markup:
    """What stands alone in its line turns nothing beside it: only its own direction is to be told.

    Isolated all the same, texts of tables would be a tenth of a page.
    """
    return isolated(text, longest=None) if _LEFTWARD_NAME.search(text) else text


def read_style() -> Markup:
    """The style sheets, to stand inside a page."""
    files = (_FOLDER / name for name in ("style.css", "reader.css"))
    sheets = [file.read_text(encoding="utf-8") for file in files]
    return Markup("\n".join([*sheets, chart_rules()]))  # noqa: S704 - our own


def read_script() -> Markup:
    """The only script, to stand inside a page whose policy names its digest."""
    return Markup((_FOLDER / "reader.js").read_text(encoding="utf-8"))  # noqa: S704 - our own


def script_digest(script: str) -> str:
    """What a Content-Security-Policy calls a script that may run: its SHA-256 in base 64."""
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"


def _printable(value: Any) -> Any:
    """Text without control characters, which no page may hold; markup of ours has none.

    Sentences are written from left to right. A name in them that is not stands in Unicode's
    isolates (UAX 9), in attributes too, where no <bdi> can: it turns nothing beside it.
    """
    if type(value) is not str:
        return value
    return _LEFTWARD_NAME.sub("\u2068\\g<0>\u2069", printable(value))
