from __future__ import annotations

import re
from pathlib import Path

from shared.run.artefacts.fairness.table import COLUMNS

_PAGE = Path(__file__).resolve().parents[4] / "docs" / "fairness.md"


def test_the_page_on_fairness_names_every_column_of_the_table() -> None:
    section = _PAGE.read_text(encoding="utf-8").split("## `fairness.parquet`")[1]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == set(COLUMNS)
