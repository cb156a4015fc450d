from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.page import Table
from shared.reporting.sections.robustness import RobustnessView, view_robustness
from shared.run.artefacts.metrics.robustness_entries import OodTable
from shared.targets import Horizon
from tests.shared.changed import changed
from tests.shared.reporting.runs import Invented, make_run

_UNKNOWN = {"value": None, "ci_low": None, "ci_high": None}
_HORIZON = Horizon(steps=4, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    return read_artefacts(make_run(tmp_path_factory.mktemp("runs") / "words"))


@pytest.fixture(scope="module")
def view(artefacts: Artefacts) -> RobustnessView:
    found = view_robustness(artefacts)
    assert found is not None
    return found


def _changed(artefacts: Artefacts, **metrics: Any) -> Artefacts:
    return replace(artefacts, metrics=changed(artefacts.metrics, **metrics))


def _texts(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[cell.text for cell in row] for row in table.rows]


def test_each_corruption_is_a_row_with_a_column_for_each_severity_and_the_mean_closes_the_table(
    view: RobustnessView,
) -> None:
    assert view.corruptions is not None
    assert [column.title for column in view.corruptions.columns] == [
        "Corruption",
        "1",
        "2",
        "3",
        "Mean loss",
    ]
    assert [row[0] for row in _texts(view.corruptions)] == ["Noise", "Mean of all"]


def test_every_number_of_the_corruptions_has_its_interval(view: RobustnessView) -> None:
    assert view.corruptions is not None
    assert all(" to " in cell.note for row in view.corruptions.rows for cell in row[1:])


def test_the_largest_loss_is_the_darkest(view: RobustnessView) -> None:
    assert view.corruptions is not None
    shades = [cell.shade for cell in view.corruptions.rows[0][1:4]]
    assert max(shade for shade in shades if shade is not None) == 1.0


def test_summary_states_the_mean_its_interval_and_on_how_many_it_rests(
    view: RobustnessView,
) -> None:
    assert view.summary.startswith("Mean of 1 corruption over all severities: balanced accuracy ")
    assert "on the same 160 test examples of" in view.summary
    assert "with calibrated scores" in view.summary


def test_counterfactuals_have_flips_shift_n_and_entities_in_a_table_of_their_own(
    view: RobustnessView,
) -> None:
    assert view.counterfactuals is not None
    titles = [column.title for column in view.counterfactuals.columns]
    assert titles == [
        "Change",
        "n",
        "Predictions flipped",
        "Shift of the probability",
        "Loss of balanced accuracy",
    ]
    (row,) = view.counterfactuals.rows
    assert (row[0].text, row[1].text) == ("Swap names", "160")
    assert row[1].note.endswith("entities")
    assert all(" to " in cell.note for cell in row[2:])


def test_a_corruption_that_could_not_be_measured_is_a_dash_and_no_mean_is_given(
    artefacts: Artefacts,
) -> None:
    entries = list(artefacts.metrics.perturbations)
    entries[2] = changed(entries[2], **_UNKNOWN, drop=_UNKNOWN)
    view = view_robustness(_changed(artefacts, perturbations=entries, corruptions=None))
    assert view is not None
    assert view.summary == ""
    assert _texts(view.corruptions)[0][3:] == ["–", "–"]


def test_where_nothing_could_be_measured_there_are_dashes(
    artefacts: Artefacts,
) -> None:
    entries = [
        changed(item, **_UNKNOWN, drop=_UNKNOWN, clean=_UNKNOWN)
        for item in artefacts.metrics.perturbations
    ]
    view = view_robustness(_changed(artefacts, perturbations=entries, corruptions=None))
    assert view is not None
    assert {text for row in _texts(view.corruptions) for text in row[1:]} == {"–"}


def test_forecasts_are_shown_without_flips_and_with_a_loss_in_their_unit(tmp_path: Path) -> None:
    view = view_robustness(
        read_artefacts(make_run(tmp_path / "run", Invented(target=_HORIZON, canvas="signal")))
    )
    assert view is not None
    assert view.counterfactuals is not None
    titles = [column.title for column in view.counterfactuals.columns]
    assert titles[2:4] == ["Shift of the forecast (σ)", "Values inside the interval"]
    assert [row[0] for row in _texts(view.coverage)] == ["Noise"]
    assert view.ood is not None


def test_without_perturbations_there_is_nothing_to_show(artefacts: Artefacts) -> None:
    assert (
        view_robustness(
            _changed(
                artefacts,
                perturbations=[],
                corruptions=None,
                ood=OodTable(rule=None, flagged=None, perturbations=()),
            )
        )
        is None
    )


def test_numbers_that_a_corruption_blows_up_stay_short(artefacts: Artefacts) -> None:
    entries = list(artefacts.metrics.perturbations)
    blown_up = {"value": 3_142_804.0, "ci_low": 2_702_000.0, "ci_high": 3_718_000.0}
    entries[2] = changed(entries[2], **blown_up)
    metrics = artefacts.metrics.metrics
    primary = artefacts.metrics.primary_metric
    in_squares = metrics | {primary: changed(metrics[primary], unit="σ²")}
    view = view_robustness(_changed(artefacts, perturbations=entries, metrics=in_squares))
    assert view is not None
    assert view.corruptions is not None
    cell = view.corruptions.rows[0][3]
    assert (cell.text, cell.note) == ("3.14\xa0M", "2.70\xa0M to 3.72\xa0M")
