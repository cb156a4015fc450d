from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.page import Table
from shared.reporting.report import report_stage
from shared.reporting.sections.behaviours import view_behaviours
from shared.run.artefacts.metrics.behaviour_entries import BehaviourTable, CapabilityEntry
from shared.run.artefacts.report.verdict import Verdict
from shared.statistics.intervals import Estimate, Interval
from shared.verdicts.checklist import judge_run
from tests.shared.changed import changed
from tests.shared.reporting.page_reader import read_page
from tests.shared.reporting.runs import Invented, make_run

_HOSTILE = '"><x-evil onclick=alert(1)>'


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    return read_artefacts(make_run(tmp_path_factory.mktemp("runs") / "run"))


def _with(artefacts: Artefacts, **changes: Any) -> Artefacts:
    table = changed(_table(artefacts), **changes)
    return replace(artefacts, metrics=changed(artefacts.metrics, behaviours=table))


def _table(artefacts: Artefacts) -> BehaviourTable:
    assert artefacts.metrics.behaviours is not None
    return artefacts.metrics.behaviours


def _cells(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[f"{cell.text} | {cell.note}" for cell in row] for row in table.rows]


def test_every_test_has_its_rows_cases_and_interval(artefacts: Artefacts) -> None:
    view = view_behaviours(artefacts)
    assert view is not None
    first = _cells(view.tests)[0]
    assert first[:3] == [
        "Known rows | Rows are numbers.",
        "knowing | minimum functionality",
        "32 | 8 cases",
    ]
    assert " to " in first[3]
    assert first[4] == "– | "
    assert [chart.figure.title.split(":")[0] for chart in view.charts] == [
        "The class of each row is known",
        "The prediction must stay the same",
        "Confidence must not move the wrong way",
    ]


def test_failures_are_told_in_words(artefacts: Artefacts) -> None:
    stated = {"text": "not good", "predicted": "positive", "confidence": 0.75}
    original = {"text": "good", "predicted": "positive", "confidence": 0.8}
    known = stated | {"accepted": ["negative", "neutral"], "original": None, "shift": None}
    flipped = stated | {
        "accepted": [],
        "original": original | {"predicted": "negative"},
        "shift": 0.55,
    }
    directed = stated | {"accepted": [], "original": original, "shift": -0.05}
    filled = stated | {"accepted": [], "original": None, "shift": 0.3}
    tests = [
        changed(entry, examples=[one])
        for entry, one in zip(
            _table(artefacts).tests, (known, flipped, directed, filled), strict=True
        )
    ]
    view = view_behaviours(_with(artefacts, tests=tests))
    assert view is not None
    assert [row[5].replace("\N{NO-BREAK SPACE}", " ") for row in _cells(view.tests)] == [
        "“not good”: positive (75.0 %), not negative or neutral | ",
        "“not good”: positive (75.0 %), but “good”: negative (80.0 %) | ",
        "“not good”: positive (75.0 %), −5.0 points against “good” | ",
        "“not good”: positive (75.0 %), +30.0 points from the mean of its frame | ",
    ]


def test_movers_come_largest_first_and_small_moves_are_called_small(artefacts: Artefacts) -> None:
    entries = [
        changed(
            _table(artefacts).fillers[0],
            group=f"group {place}",
            shift=Estimate.of(place / 100, Interval(place / 100 - 0.01, place / 100 + 0.01)),
            verdict="lowers",
            within_margin=abs(place) < 4,
        )
        for place in range(-10, 10)
    ]
    view = view_behaviours(_with(artefacts, fillers=entries))
    assert view is not None
    rows = _cells(view.movers)
    assert [row[0].split(" | ")[0] for row in rows[:3]] == ["group -10", "group -9", "group 9"]
    assert len(rows) == 12
    assert len(_cells(view.all_movers)) == 20
    assert {row[4] for row in _cells(view.all_movers)} == {
        "lowers it | ",
        "lowers it | surely by less than 5.0 points",
    }


@pytest.mark.parametrize(
    ("changes", "note", "tone"),
    [
        ({}, "further than any control word (3.0 points)", "bad"),
        ({"control_reach": 0.2}, "no further than any control word (20.0 points)", "warn"),
        (
            {"within_margin": True},
            "surely by less than 5.0 points; further than any control word (3.0 points)",
            "warn",
        ),
        ({"control": True}, "names nobody", "warn"),
        ({"control_reach": None}, "", "bad"),
        ({"verdict": "inconclusive"}, "", "muted"),
    ],
)
def test_a_shift_is_measured_by_what_control_words_move(
    artefacts: Artefacts, changes: dict[str, Any], note: str, tone: str
) -> None:
    one = changed(
        _table(artefacts).fillers[0],
        shift=Estimate.of(-0.1, Interval(-0.12, -0.08)),
        verdict="lowers",
        within_margin=False,
        control=False,
        control_reach=0.03,
    )
    view = view_behaviours(_with(artefacts, fillers=[changed(one, **changes)]))
    assert view is not None
    assert view.movers is not None
    verdict = view.movers.rows[0][4]
    assert (verdict.note, verdict.tone) == (note, tone)


def test_a_pipeline_without_behaviour_tests_has_no_section(artefacts: Artefacts) -> None:
    assert (
        view_behaviours(_with(artefacts, tests=[], notes=[], capabilities=[], fillers=[])) is None
    )
    without = changed(artefacts.metrics, behaviours=None)
    assert view_behaviours(replace(artefacts, metrics=without)) is None


def test_why_nothing_was_tested_is_said(artefacts: Artefacts) -> None:
    view = view_behaviours(
        _with(
            artefacts,
            tests=[],
            notes=["Not tested: no class praises."],
            capabilities=[],
            fillers=[],
        )
    )
    assert view is not None
    assert (view.notes, view.tests, view.charts) == (("Not tested: no class praises.",), None, ())


def _capability(name: str, value: float, low: float, high: float) -> CapabilityEntry:
    return CapabilityEntry(
        capability=name,
        kind="minimum functionality",
        n=50,
        num_cases=10,
        num_tests=1,
        value=value,
        ci_low=low,
        ci_high=high,
    )


def _at_a_glance(artefacts: Artefacts, *capabilities: CapabilityEntry) -> Verdict:
    cards = judge_run(_with(artefacts, capabilities=capabilities))
    (card,) = (card for card in cards if card.section == "behaviours")
    return card


def test_the_weakest_capability_is_named_at_a_glance(artefacts: Artefacts) -> None:
    found = _at_a_glance(
        artefacts,
        _capability("vocabulary", 0.1, 0.05, 0.9),
        _capability("negation", 0.5, 0.4, 0.9),
        _capability("questions", 0.6, 0.3, 0.9),
    )
    assert (found.answer, found.detail.replace("\N{NO-BREAK SPACE}", " ")) == (
        "Least at negation",
        "50.0 % (40.0 to 90.0 %) of 50 rows about negation fail; up to 5.0 % would not matter",
    )


def test_capabilities_that_surely_hardly_fail_are_passed(artefacts: Artefacts) -> None:
    passed = [_capability(name, 0.0, 0.0, 0.04) for name in ("vocabulary", "negation")]
    found = _at_a_glance(artefacts, *passed)
    assert (found.answer, found.status) == ("Yes, all of them", "shown")


def test_texts_of_tests_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    context = make_run(tmp_path / "run", Invented(text=_HOSTILE))
    report_stage(context)
    page = read_page((context.run / "report.html").read_text(encoding="utf-8"))
    assert not page.tags("x-evil")
    for text in (
        f"Rows are invented{_HOSTILE}.",
        f"knowing{_HOSTILE}",
        f"north{_HOSTILE}",
        f"origin{_HOSTILE}",
    ):
        assert text in page.text
    assert f"{_HOSTILE}”: " in page.text
