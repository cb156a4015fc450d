"""Every page holds its budgets in a real browser, and a page that is made worse is caught.

axe-core is not in the lock file: no maintained package of it comes without a driver of browsers.
Set PLUMBLINE_AXE to the path of its `axe.min.js` to look for what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.reporting.beside.comparison_page import render_comparison
from shared.reporting.beside.index_page import render_index
from shared.reporting.beside.monitor_page import render_monitor
from shared.reporting.beside.run_list import find_runs
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.explanations_page import render_explanations
from shared.reporting.report import report_stage
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.explanations.record import Explanations
from shared.run.context import StageContext
from shared.targets import Categories, Horizon
from tests.browser.chromium import AXE, CHROMIUM, Opened, measure, open_as_it_is
from tests.shared.reporting.beside.invented_pages import compared_runs, monitored_batch
from tests.shared.reporting.invented_splits import invented_splits
from tests.shared.reporting.runs import Invented, make_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium"),
]
needs_axe = pytest.mark.skipif(not AXE, reason="PLUMBLINE_AXE does not name axe.min.js")

_LOAD = Horizon(steps=24, channels=("load", "heat"), unit="kW", step_seconds=3600, season_steps=24)
_INVENTED = {
    "words": Invented(),
    "signal": Invented(
        _LOAD, "signal", conditions=("season",), groups={"season": ("winter", "summer")}
    ),
    "names": Invented(
        Categories(names=("שלום", "x" * 300, "<b>&")),
        "drawing",
        text="\N{ARABIC LETTER BEH}\N{ARABIC LETTER ALEF}",
        groups={"site": ("a", "b")},
    ),
}
_REPORTS = tuple(_INVENTED)
_PAGES = (*_REPORTS, "datasheet", "index", "comparison", "monitor", "explanations")

Measured = Mapping[str, Mapping[str, Any]]
Check = Callable[[Measured, Opened], list[str]]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page by its name."""
    folder = tmp_path_factory.mktemp("pages")
    contexts = {name: make_run(folder / "runs" / name, _INVENTED[name]) for name in _REPORTS}
    found = {name: _write(folder / f"{name}.html", _report(contexts[name])) for name in _REPORTS}
    sheet = DataRecord.read(contexts["words"].run).datasheet
    found["datasheet"] = _write(folder / "datasheet.html", render_datasheet(sheet, title="Words"))
    found |= _beside(folder, contexts["words"])
    runs = render_index(find_runs(folder / "runs"), "runs")
    found["index"] = _write(folder / "index.html", runs)
    return found


def _beside(folder: Path, context: StageContext) -> dict[str, Path]:
    """What other commands than `run` write."""
    record = Explanations.read(context.run)
    arrays = [dict(np.load(context.run / one.file)) for one in record.examples]
    pages = {
        "comparison": render_comparison(compared_runs(folder, "classes")),
        "monitor": render_monitor(monitored_batch()),
        "explanations": render_explanations(
            record,
            arrays,
            _INVENTED["words"].target,
            title="Words",
            provenance=invented_splits(_INVENTED["words"]).provenance,
        ),
    }
    return {name: _write(folder / f"{name}.html", text) for name, text in pages.items()}


def _report(context: StageContext) -> str:
    report_stage(context)
    return (context.run / "report.html").read_text(encoding="utf-8")


def _write(path: Path, html: str) -> Path:
    path.write_text(html, encoding="utf-8")
    return path


def _budgets(measured: Measured, opened: Opened) -> list[str]:
    laptop = measured["laptop"]
    most = {"height": 9_000, "words": 3_000, "tables": 8}
    over = [f"{laptop[name]} {name}" for name, limit in most.items() if laptop[name] > limit]
    return [*over, *([f"{opened.pages} printed pages"] if opened.pages > 12 else [])]


def _overflow(measured: Measured, _: Opened) -> list[str]:
    wide = [f"{one['reach']} px" for one in measured.values() if one["reach"] > one["width"]]
    return wide + [
        found for one in measured.values() for found in one["overhanging"] + one["overhangingOpen"]
    ]


def _letters(measured: Measured, _: Opened) -> list[str]:
    phone = measured["phone"]
    return [
        f"{size:.1f} px: {text}"
        for size, text in phone["letters"] + phone["lettersOpen"]
        if size < 10.99
    ]


def _explorer(measured: Measured, _: Opened) -> list[str]:
    found = measured["laptop"]["explored"]
    if found is None:
        return []
    said = [str(place["said"]) for place in found["places"]]
    still = [place for place, following in pairwise(said) if place == following]
    return still if found["hasFocus"] else ["no focus"]


CHECKS: dict[str, Check] = {
    "budgets": _budgets,
    "overflow": _overflow,
    "letters": _letters,
    "explorer": _explorer,
    "console": lambda _, opened: list(opened.console),
}
"""What is wrong with a page, by what is checked."""


@pytest.mark.parametrize("name", _PAGES)
def test_a_page_holds_its_budgets(pages: dict[str, Path], name: str, tmp_path: Path) -> None:
    measured = measure(pages[name], tmp_path)
    opened = open_as_it_is(pages[name], tmp_path)
    faults = {check: find(measured, opened) for check, find in CHECKS.items()}
    assert not any(faults.values()), faults
    assert (measured["laptop"]["explored"] is None) == (name not in {"words", "names"})


def test_a_page_that_is_made_worse_is_caught(pages: dict[str, Path], tmp_path: Path) -> None:
    html = pages["words"].read_text(encoding="utf-8")
    worse = (
        '<div style="width:2000px;height:9000px">wide</div><p>' + "word " * 3_000 + "</p>"
        '<figure style="font-size:6px">small</figure>' + "<table><tr><td>t</td></tr></table>" * 9
    )
    worse += '<p style="break-after:page">page</p>' * 12 + "<script>throw 1</script>"
    html = html.replace("</main>", f"{worse}</main>")
    page = _write(tmp_path / "worse.html", html.replace('"input", () => move', '"no", () => move'))
    measured, opened = measure(page, tmp_path), open_as_it_is(page, tmp_path)
    assert all(find(measured, opened) for find in CHECKS.values())
    assert len(_budgets(measured, opened)) == 4


@needs_axe
@pytest.mark.parametrize("name", _PAGES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_violation(
    pages: dict[str, Path], name: str, dark: bool, tmp_path: Path
) -> None:
    measured = measure(pages[name], tmp_path, dark=dark, axe="open")
    assert all(one["isDark"] == dark for one in measured.values())
    assert [found for one in measured.values() for found in one["closed"] + one["open"]] == []


@needs_axe
def test_axe_finds_an_image_without_words(pages: dict[str, Path], tmp_path: Path) -> None:
    html = pages["index"].read_text(encoding="utf-8")
    page = _write(tmp_path / "worse.html", html.replace("</main>", '<img src="data:,"></main>'))
    assert "image-alt" in str(measure(page, tmp_path, axe="closed")["phone"]["closed"])
