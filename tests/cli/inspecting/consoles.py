"""A terminal of 80 columns whose text a test can read."""

from __future__ import annotations

import io

from rich.console import Console

__all__ = ["narrow_console"]


def narrow_console() -> tuple[Console, io.StringIO]:
    """The console and what it shows."""
    shown = io.StringIO()
    return Console(file=shown, width=80), shown
