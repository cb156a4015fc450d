from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.evaluation.comparison import compare_runs, read_pair
from shared.evaluation.run_differences import SettingDifference, find_one_sided_rows
from shared.reporting.beside.comparison_page import AboutRuns, ComparedRuns, render_comparison
from shared.reporting.drawing.media import RowMedium, media_address
from shared.statistics.bootstrap import Resampling
from tests.shared.evaluation.predicted_run import classified, forecast, run_context
from tests.shared.reporting.page_reader import read_page

HOSTILE = '</ul><script>alert(1)</script>"><img src=x onerror=alert(2)>\x1b\u202e'


_PAIRS = {
    "classes": (classified(0), classified(0, skill=0.3)),
    "forecast": (forecast(0), forecast(0, noise=2.0)),
}


def _compared(folder: Path, kind: str) -> ComparedRuns:
    first, second = _PAIRS[kind]
    second = first.with_scores(second.scores)
    runs = [run_context(folder / name, of).run for name, of in (("a", first), ("b", second))]
    rows, counts = find_one_sided_rows(read_pair(*runs))
    return ComparedRuns(
        comparison=compare_runs(runs[0], runs[1], Resampling(100, 0.95, (0,))),
        rows=rows,
        counts=counts,
        groups=(),
        settings=(SettingDifference("train.seed", "0", HOSTILE),),
        about=AboutRuns(HOSTILE, "runs/b", "Invented", synthetic=True),
        is_forecast=kind == "forecast",
        explained={rows[0].id: [("explained in A", "./a/report.html#explanations")]},
        shown={rows[0].id: RowMedium("text", text=HOSTILE)},
    )


@pytest.mark.parametrize("kind", _PAIRS)
def test_the_page_says_which_is_better_by_what_and_where(tmp_path: Path, kind: str) -> None:
    compared = _compared(tmp_path, kind)
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
    compared = _compared(tmp_path, "classes")
    first, second = (row.id for row in compared.rows[:2])
    shown = {
        first: RowMedium("image", media_address("image", b"picture")),
        second: RowMedium("sound", media_address("sound", b"noise")),
    }
    page = read_page(render_comparison(replace(compared, shown=shown)))
    assert page.tags("img")[0]["src"] == "data:image/jpeg;base64,cGljdHVyZQ=="
    assert page.tags("audio")[0]["src"].startswith("data:audio/wav;base64,")
    assert not page.faults
