from __future__ import annotations

import re
from typing import Any

import pytest

from shared.reporting.report import APPENDIX, SECTIONS
from shared.reporting.section import Section
from tests.architecture.source_tree import REPOSITORY

_RUN: Any = None
"""Artefacts that no view of these tests reads."""


def test_a_section_with_nothing_to_show_says_why_or_is_left_out() -> None:
    said = Section("empty", "Empty", lambda _: None, lead="A lead.", missing="No rows.")
    left_out = Section("empty", "Empty", lambda _: None)
    shown = said.show(_RUN)
    assert shown is not None
    assert (shown.view, shown.missing, shown.lead) == (None, "No rows.", "")
    assert left_out.show(_RUN) is None


def test_title_and_lead_may_follow_from_the_run() -> None:
    shown = Section("it", lambda _: "Title", lambda _: "view", lead=lambda _: "Lead").show(_RUN)
    assert shown is not None
    assert (shown.title, shown.lead, shown.view) == ("Title", "Lead", "view")


@pytest.mark.parametrize("section", (*SECTIONS, *APPENDIX), ids=lambda section: section.id)
def test_each_section_has_one_file_and_its_template_beside_it(section: Section) -> None:
    folder = REPOSITORY / "shared/reporting" / section.folder
    assert (folder / f"{section.id}.py").is_file()
    template = (folder / f"{section.id}.html").read_text(encoding="utf-8")
    assert not re.search("</?section", template), "the page opens and closes sections"
