"""Write `docs/settings.md`, the settings of all pipelines: `make docs`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cli.settings import SettingRow, setting_rows
from pipelines import NAMES, get_pipeline

__all__ = ["PAGE", "settings_page"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"

_HEAD = """# Settings

Written by `make docs` from the configuration classes; do not edit. `python -m pipelines settings
NAME WORD` shows the same at the terminal. `--set train.epochs=20` changes one; values are read as
YAML, and a preset may differ from the defaults below.
"""
_COLUMNS = "| setting | values | default | what it is for |\n|---|---|---|---|\n"


def settings_page() -> str:
    """The page: first settings that are the same in all pipelines, then each pipeline's own."""
    rows = {name: setting_rows(get_pipeline(name).config_type) for name in NAMES}
    common = _common_rows(rows)
    parts = [_HEAD, _table("All pipelines", common)]
    for name, own in rows.items():
        parts.append(_table(name, [row for row in own if row not in common]))
    return "\n".join(parts)


def _common_rows(rows: Mapping[str, Iterable[SettingRow]]) -> list[SettingRow]:
    first, *others = rows.values()
    return [row for row in first if all(row in other for other in others)]


def _table(title: str, rows: Iterable[SettingRow]) -> str:
    lines = "\n".join(_line(row) for row in rows)
    return f"## {title}\n\n{_COLUMNS}{lines}\n"


def _line(row: SettingRow) -> str:
    values = ", ".join(part for part in (row.kind, row.bounds) if part)
    cells = (f"`{row.name}`", values, f"`{row.default}`", row.sentence)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    os.environ.pop("PLUMBLINE_CACHE_DIR", None)  # it moves a default, and the page is for everybody
    PAGE.write_text(settings_page(), encoding="utf-8")
