from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from shared.calibration.calibrate import calibrate_stage
from shared.config import CalibrateConfig
from shared.evaluation.evaluate import evaluate_stage
from shared.reporting.artefacts import read_artefacts
from shared.reporting.sections.decisions import DecisionsView, view_decisions
from tests.shared.reporting.runs import make_run


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> DecisionsView:
    """Of a run that states its costs, its alarms an hour and the class shares where it is going to work."""
    context = make_run(Path(tmp_path_factory.mktemp("run")) / "run")
    settings = CalibrateConfig(
        costs=((0.0, 1.0), (5.0, 0.0)),
        deployment_prevalence=(0.9, 0.1),
        decisions_per_hour=60.0,
        max_false_alarms_per_hour=6.0,
        decide_for="balanced",
    )
    context = replace(context, config=context.config.model_copy(update={"calibrate": settings}))
    calibrate_stage(context)
    evaluate_stage(context)
    shown = view_decisions(read_artefacts(context))
    assert shown is not None
    return shown


def texts(view: DecisionsView, title: str) -> list[list[str]]:
    (table,) = (table for table in view.tables if table.caption.startswith(title))
    return [[cell.text for cell in row] for row in table.rows]


def test_operating_points_stand_beside_their_verdict_and_their_alarms_an_hour(
    view: DecisionsView,
) -> None:
    rows = texts(view, "Operating points")
    assert len(rows) == 2
    (table,) = (table for table in view.tables if table.caption.startswith("Operating points"))
    assert [row[0].note for row in table.rows] == [
        "sensitivity at least 95.0\N{NO-BREAK SPACE}%",
        "false alarms at most 6.00 an hour",
    ]
    assert all(
        row[-2].endswith("an hour") and row[-1] in {"met", "missed", "inconclusive"} for row in rows
    )


def test_each_decision_rule_stands_beside_what_it_gives_and_how_it_is_asked_for(
    view: DecisionsView,
) -> None:
    (table,) = (table for table in view.tables if table.caption.startswith("What each decision"))
    assert [row[0].note for row in table.rows] == [
        "calibrate.decide_for=most_probable",
        "deployed",
        "calibrate.decide_for=costs",
        "calibrate.decide_for=operating_point",
        "calibrate.decide_for=operating_point",
    ]
    assert [row[0].tone for row in table.rows] == ["", "good", "", "", ""]
    assert all(cell.note for row in table.rows for cell in row[1:])
    assert table.columns[-1].title == "Cost a row"


def test_area_of_errors_against_coverage_stands_beside_the_best_there_could_be(
    view: DecisionsView,
) -> None:
    assert re.fullmatch(
        r"Mean share of errors .*: [\d.]+\W% \([\d.]+ to [\d.]+\W%\); a confidence .*",
        view.remarks[1],
    )


def test_costs_are_shown_against_each_constant_decision_on_test_and_at_work(
    view: DecisionsView,
) -> None:
    for title in ("Mean cost of a row on the test split", "Mean cost of a row at those shares"):
        names = [row[0] for row in texts(view, title)]
        assert names[3:5] == ["always predicting negative", "always predicting positive"]
        assert names[5].startswith("lowest expected cost minus always")


def test_predictive_values_are_shown_with_their_intervals(view: DecisionsView) -> None:
    rows = texts(view, "Predictive values at those shares")
    assert [row[1] for row in rows] == ["10.0\N{NO-BREAK SPACE}%"] * 3
