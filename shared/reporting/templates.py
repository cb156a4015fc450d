"""The templates of the pages, and their style sheet."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.names import printable

__all__ = ["page_templates", "read_script", "read_style", "script_digest"]

_FOLDER = Path(__file__).parent


def page_templates() -> Environment:
    """Loads templates from this folder; everything that they insert is escaped and printable."""
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def read_style() -> Markup:
    """The style sheets, to stand inside a page."""
    files = (_FOLDER / name for name in ("style.css", "reader.css"))
    return Markup("\n".join(file.read_text(encoding="utf-8") for file in files))  # noqa: S704 - our own


def read_script() -> Markup:
    """The only script, to stand inside a page whose policy names its digest."""
    return Markup((_FOLDER / "reader.js").read_text(encoding="utf-8"))  # noqa: S704 - our own


def script_digest(script: str) -> str:
    """What a Content-Security-Policy calls a script that may run: its SHA-256 in base 64."""
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"


def _printable(value: Any) -> Any:
    """Text without control characters, which no page may hold; markup of ours has none."""
    return printable(value) if type(value) is str else value
