from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.checks import CHECKS

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "adding_a_pipeline.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


def test_every_code_block_of_the_page_names_its_file() -> None:
    assert len(EXCERPTS) == PAGE.count("```python")


@pytest.mark.parametrize(("path", "code"), EXCERPTS, ids=[path for path, _ in EXCERPTS])
def test_excerpts_stand_in_the_toy_as_they_are_shown(path: str, code: str) -> None:
    assert code in (REPOSITORY / path).read_text(encoding="utf-8")


def test_the_page_explains_every_check_in_order() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(CHECKS)
