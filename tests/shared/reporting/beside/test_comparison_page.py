from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.reporting.beside.comparison_page import render_comparison
from shared.reporting.drawing.media import RowMedium, media_address
from tests.shared.reporting.beside.invented_pages import PAIRS, compared_runs
from tests.shared.reporting.page_reader import read_page


@pytest.mark.parametrize("kind", PAIRS)
def test_the_page_says_which_is_better_by_what_and_where(tmp_path: Path, kind: str) -> None:
    compared = compared_runs(tmp_path, kind)
    text = render_comparison(compared)
    page = read_page(text)
    assert not page.tags("script") and not page.tags("img") and not page.faults
    assert "\x1b" not in text and "\u202e" not in text
    assert "A is better" in page.text
    assert "explained in A" in page.text
    assert text.count('<svg class="track') >= len(compared.comparison["metrics"])
    assert f"Only A: {compared.counts['first']}" in page.text
    assert f"on the same {compared.comparison['n']} test rows" in page.text.lower()


def test_images_and_sounds_of_rows_that_one_run_gets_right_stand_on_the_page(
    tmp_path: Path,
) -> None:
    compared = compared_runs(tmp_path, "classes")
    first, second = (row.id for row in compared.rows[:2])
    shown = {
        first: RowMedium("image", media_address("image", b"picture")),
        second: RowMedium("sound", media_address("sound", b"noise")),
    }
    page = read_page(render_comparison(replace(compared, shown=shown)))
    assert page.tags("img")[0]["src"] == "data:image/jpeg;base64,cGljdHVyZQ=="
    assert page.tags("audio")[0]["src"].startswith("data:audio/wav;base64,")
    assert not page.faults
