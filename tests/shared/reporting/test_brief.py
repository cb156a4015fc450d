"""The first layer: what it says of invented runs, and the budgets of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from shared.reporting.report import report_stage
from shared.run.context import StageContext
from shared.targets import Categories, Horizon
from tests.shared.reporting.page_reader import ReadPage, read_page
from tests.shared.reporting.runs import Invented, make_run

_LOAD = Horizon(steps=24, channels=("load", "heat"), unit="kW", step_seconds=3600, season_steps=24)
_LONG = "a name " * 60

_INVENTED = {
    "decisions": Invented(),
    "forecasts": Invented(
        _LOAD, "signal", conditions=("season",), groups={"season": ("winter", "summer")}
    ),
    "long names": Invented(
        Categories(names=(f"first {_LONG}", f"second {_LONG}")), groups={"site": (_LONG, "b")}
    ),
}

MOST_WORDS_OF_BRIEF = 350
MOST_WORDS = 3_000
MOST_TABLES = 8
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Written:
    """A report on disk, parsed."""

    context: StageContext
    html: str
    page: ReadPage


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    folder = tmp_path_factory.mktemp("runs")
    reports = {}
    for name, invented in _INVENTED.items():
        context = make_run(folder / name, invented)
        report_stage(context)
        html = (context.run / "report.html").read_text(encoding="utf-8")
        reports[name] = Written(context, html, read_page(html))
    return reports


kinds = pytest.mark.parametrize("kind", list(_INVENTED))


def count_words(texts: list[str]) -> int:
    """Whatever stands between spaces that break a line, and holds a letter or digit."""
    words = re.split(r"[ \n\t]+", " ".join(texts))
    return sum(any(character.isalnum() for character in word) for word in words)


@kinds
def test_the_brief_and_the_page_keep_to_their_budgets(
    written: dict[str, Written], kind: str
) -> None:
    page = written[kind].page
    assert 100 < count_words(page.seen_in_brief) <= MOST_WORDS_OF_BRIEF
    assert count_words(page.seen) <= MOST_WORDS
    assert 1 <= page.tables_seen <= MOST_TABLES
    if kind != "long names":
        assert len(written[kind].html.encode()) <= MOST_BYTES


def test_words_in_closed_folds_are_not_counted() -> None:
    page = read_page(
        "<body><p>one two</p><details><summary>three</summary><p>no</p><table></table>"
        "<details><summary>no</summary></details></details><table></table></body>"
    )
    assert (count_words(page.seen), page.tables_seen) == (3, 1)


@kinds
def test_the_brief_has_a_finding_a_decision_and_eight_to_twelve_answers(
    written: dict[str, Written], kind: str
) -> None:
    html = written[kind].html
    brief = html[html.index('<section id="brief"') : html.index('<section id="appendix"')]
    marks = re.findall(r'<th .*?<span class="mark \w+" aria-hidden="true">(.)<', brief)
    statuses = re.findall(r'<span class="unseen">([a-z]+): <', brief)
    answers = list(zip(statuses, marks, strict=True))
    assert 8 <= len(answers) <= 12
    assert set(answers) <= {
        ("shown", "✓"),
        ("care", "!"),
        ("unknown", "?"),
        ("contradicted", "✗"),
    }
    (decision,) = re.findall(r'<p class="decision.*?</span> (.*?)</p>', brief)
    worst = {status for status, _ in answers}
    expected = "Not yet" if "contradicted" in worst else "Use it with care"
    assert decision == expected
    assert len(re.findall("<h1", html)) == 1


def test_decisions_are_counted_of_hundred_and_the_worst_class_in_its_group_is_named(
    written: dict[str, Written],
) -> None:
    finding = _finding(written["decisions"].html)
    assert re.fullmatch(
        r"Right for \d+ of 100 rows, but misses \d+ of \d+ “\w+” with \w+ \w+", finding
    ), finding


def test_forecasts_are_measured_against_the_best_baseline(written: dict[str, Written]) -> None:
    finding = _finding(written["forecasts"].html)
    assert re.match(r"\d+\.\d\xa0% (less|more) squared error than [a-z ]+", finding), finding


def test_facts_say_when_it_was_made_from_what_and_that_no_purpose_is_stated(
    written: dict[str, Written],
) -> None:
    seen = " ".join(" ".join(written["decisions"].page.seen_in_brief).split())
    for fact in ("For not stated", "Not for not stated", "2026-01-31", "commit unknown"):
        assert fact in seen


def _finding(html: str) -> str:
    found = re.search(r'<h1 class="finding">(.*?)</h1>', html)
    assert found is not None
    return found[1]
