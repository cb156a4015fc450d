"""The page of the local server as a test uses it: what is given, and what is waited for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import numpy as np

from tests.browser.devtools import Tab
from tests.browser.invented_service import LOOKBACK, Invented

__all__ = ["ANSWERED", "EXPLAINED", "answer", "give_table", "series_table", "visit", "write"]

ANSWERED = "document.querySelector('.verdict') && !document.getElementById('send').disabled"
EXPLAINED = "document.querySelector('#why h3')"


def visit(tab: Tab, service: Invented, model: str) -> None:
    tab.open(f"{service.address}/#{quote(model)}")
    tab.wait_for("document.querySelector('#choices input:checked')")


def write(tab: Tab, text: str) -> None:
    tab.run("document.querySelector('textarea').focus()")
    tab.command("Input.insertText", text=text)


def answer(tab: Tab) -> None:
    tab.run("document.getElementById('send').click()")
    tab.wait_for(ANSWERED)


def give_table(tab: Tab, table: Path) -> None:
    """Choose a table; its columns can be told then."""
    tab.set_files("input[type=file]", table)
    tab.wait_for("document.querySelectorAll('#fields select').length === 3")


def series_table(path: Path, *, gap: int | None = None, rows_ahead: int = 6) -> Path:
    stamps = np.datetime64("2024-12-30T20:00") + np.arange(LOOKBACK + 5 + rows_ahead).astype(
        "m8[h]"
    )
    lines = ["time,load,temperature"]
    for row, stamp in enumerate(stamps):
        is_observed = row < LOOKBACK + 5 and row != gap
        lines.append(f"{stamp},{100 + row if is_observed else ''},{row}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
