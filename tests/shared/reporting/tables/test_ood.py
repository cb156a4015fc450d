from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.tables.ood import OodView, view_ood
from tests.shared.changed import changed
from tests.shared.reporting.runs import make_run


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    return read_artefacts(make_run(tmp_path_factory.mktemp("runs") / "words"))


@pytest.fixture(scope="module")
def view(artefacts: Artefacts) -> OodView:
    found = view_ood(artefacts)
    assert found is not None
    return found


def _with(artefacts: Artefacts, **ood: Any) -> Artefacts:
    table = changed(artefacts.metrics.ood, **ood)
    return replace(artefacts, metrics=changed(artefacts.metrics, ood=table))


def test_the_deployed_rule_is_stated_with_what_passed_on_validation_and_on_test(
    view: OodView,
) -> None:
    assert "calls a row out of distribution if its distance of features is above" in view.rule
    assert "95.0\xa0% of 80 validation rows pass" in view.rule
    assert "n = 160" in view.rule


def test_the_chart_shows_ood_inputs_first_and_each_corruption_at_its_strongest(
    view: OodView,
) -> None:
    words = view.chart.describe
    assert words.index("recipe: distance of features") < words.index(
        "noise, 3: distance of features"
    )
    assert "noise, 1" not in words
    assert "highest probability" in words


def test_the_numbers_of_every_severity_stand_behind_the_chart_with_their_intervals(
    view: OodView,
) -> None:
    assert view.chart.table is not None
    assert [row[0].text for row in view.chart.table.rows] == [
        "noise, 1",
        "noise, 2",
        "noise, 3",
        "swap names",
        "recipe",
    ]
    assert all(" to " in cell.note for row in view.chart.table.rows for cell in row[2:])


def test_flagged_shares_stand_by_severity_ood_inputs_first(view: OodView) -> None:
    assert view.flagged is not None
    assert [column.title for column in view.flagged.columns] == ["Input", "1", "2", "3"]
    assert [row[0].text for row in view.flagged.rows] == ["Recipe", "Noise", "Swap names"]
    recipe = view.flagged.rows[0]
    assert recipe[0].note == "foreign: a recipe instead of a review"
    assert [cell.text for cell in recipe[2:]] == ["", ""]
    assert float(recipe[1].text.removesuffix("\xa0%")) > 95.0


def test_a_model_without_a_rule_says_so_and_still_shows_its_detectors(artefacts: Artefacts) -> None:
    view = view_ood(_with(artefacts, rule=None, flagged=None))
    assert view is not None
    assert view.rule.startswith(
        "The deployed model does not say whether a row is out of distribution"
    )
    assert view.flagged is None


def test_a_model_without_detectors_has_nothing_to_show(artefacts: Artefacts) -> None:
    perturbations = [changed(item, detectors={}) for item in artefacts.metrics.ood.perturbations]
    assert view_ood(_with(artefacts, perturbations=perturbations)) is None
