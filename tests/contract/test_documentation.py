from __future__ import annotations

import re

import pytest

from tests.contract.checks import CHECKS
from tests.contract.excerpts import PAGE, refresh_excerpts

TEXT = PAGE.read_text(encoding="utf-8")


def test_every_code_block_of_the_page_names_its_source() -> None:
    assert len(re.findall(r"```python\n# \S+: \w+\n", TEXT)) == TEXT.count("```python") > 0


def test_excerpts_stand_in_the_toy_as_they_are_shown() -> None:
    assert refresh_excerpts(TEXT) == TEXT, "stale; write them with `make docs`"


def test_a_changed_excerpt_is_put_right() -> None:
    assert refresh_excerpts(TEXT.replace('name="toy"', 'name="changed"', 1)) == TEXT


def test_an_excerpt_of_what_is_gone_is_refused() -> None:
    with pytest.raises(LookupError, match="defines no 'gone'"):
        refresh_excerpts("```python\n# tests/contract/toy/models/dense.py: gone\n```")


def test_the_page_explains_every_check_in_order() -> None:
    assert re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE) == list(CHECKS)
