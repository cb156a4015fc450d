from __future__ import annotations

import numpy as np
import pytest

from pipelines.time_series.data import synthesize
from pipelines.time_series.models.ridge_residual import build_model
from pipelines.time_series.perturbations.catalogue import build_perturbations
from pipelines.time_series.preprocess import build_preprocess
from shared.contract import Rows
from tests.pipelines.time_series.tables import configure

_CONFIG = configure("data.demo_missing_share=0.0")
_PERTURBATIONS = build_perturbations(_CONFIG)
_CORRUPTIONS = [
    name for name, perturbation in _PERTURBATIONS.items() if perturbation.kind == "corruption"
]
_HIDES_VALUES = {"missing_block", "missing_values", "daylight_saving", "clock_fast"}


@pytest.fixture(scope="module")
def rows() -> Rows:
    return synthesize(_CONFIG, 200, seed=0).test.rows(np.arange(20))


def _apply(name: str, rows: Rows, severity: int) -> Rows:
    return _PERTURBATIONS[name].apply(rows, severity, np.random.default_rng(0))


def _amount_of_change(changed: Rows, rows: Rows, *, hidden: bool) -> float:
    """The share of values that were hidden, or the mean absolute change of those that were not."""
    if hidden:
        return float(np.isnan(changed["window"]).mean())
    return sum(float(np.nanmean(np.abs(changed[key] - rows[key]))) for key in rows)


@pytest.mark.parametrize("name", _CORRUPTIONS)
def test_each_of_five_severities_changes_more_than_the_one_before(rows: Rows, name: str) -> None:
    assert _PERTURBATIONS[name].severities == (1, 2, 3, 4, 5)
    hidden = name in {
        "missing_block",
        "missing_values",
        "clock_fast",
    }  # two peaks a day: six hours off may look worse than twelve
    changes = [
        _amount_of_change(_apply(name, rows, severity), rows, hidden=hidden)
        for severity in _PERTURBATIONS[name].severities
    ]
    assert changes[0] > 0.0
    assert changes == sorted(set(changes))


@pytest.mark.parametrize("name", list(_PERTURBATIONS))
def test_shapes_and_dtypes_stay_and_the_original_is_not_touched(rows: Rows, name: str) -> None:
    before = {key: values.copy() for key, values in rows.items()}
    changed = _apply(name, rows, 1)
    assert {key: (values.shape, values.dtype) for key, values in changed.items()} == {
        key: (v.shape, v.dtype) for key, v in rows.items()
    }
    assert all(np.array_equal(before[key], rows[key]) for key in rows)


@pytest.mark.parametrize("name", [name for name in _PERTURBATIONS if name != "covariate_error"])
def test_a_faulty_meter_leaves_covariates_alone(rows: Rows, name: str) -> None:
    changed = _apply(name, rows, 1)
    assert np.array_equal(changed["future"], rows["future"])
    assert np.array_equal(changed["window"][:, :, 1:], rows["window"][:, :, 1:])


def test_wrong_covariates_are_those_ahead(rows: Rows) -> None:
    changed = _apply("covariate_error", rows, 1)
    assert np.array_equal(changed["window"], rows["window"])
    assert np.array_equal(changed["future"][:, :, 3:], rows["future"][:, :, 3:])
    error = changed["future"][:, :, 0] - rows["future"][:, :, 0]
    assert np.allclose(error, error[:, :1], atol=1e-4)


def test_without_covariates_there_is_nothing_to_get_wrong() -> None:
    assert "covariate_error" not in build_perturbations(configure("data.source=a.csv"))


def test_strengths_stand_in_the_sentence_of_the_report() -> None:
    assert (
        _PERTURBATIONS["missing_block"].describe
        == "The latest 3, 6, 12, 24 and 48 steps of the history were lost: they count as not"
        " observed."
    )
    assert "0.5, 1, 3, 5 and 10 % of the values" in _PERTURBATIONS["outliers"].describe


@pytest.mark.parametrize("name", [name for name in _CORRUPTIONS if name not in _HIDES_VALUES])
def test_gaps_stay_gaps_and_spread_nowhere(name: str) -> None:
    gappy = synthesize(configure("data.demo_missing_share=0.1"), 200, seed=0).test.rows(
        np.arange(20)
    )
    changed = _apply(name, gappy, 1)
    stuck = (
        3 * 20 if name == "stuck_sensor" else 0
    )  # a stuck sensor sends something even where nothing was sent before
    assert (
        0 <= int(np.isnan(gappy["window"]).sum()) - int(np.isnan(changed["window"]).sum()) <= stuck
    )
    assert np.isfinite(changed["future"]).all()


@pytest.mark.parametrize("name", ["other_unit", "other_zero"])
def test_a_forecast_follows_another_unit_and_another_zero(name: str) -> None:
    splits, perturbation = synthesize(_CONFIG, 200, seed=0), _PERTURBATIONS[name]
    preprocess, model = build_preprocess(_CONFIG, splits.train), build_model(_CONFIG, splits.target)
    rows = splits.test.rows(np.arange(20))
    before = np.asarray(model(preprocess(rows)))
    after = np.asarray(model(preprocess(perturbation.apply(rows, 1, np.random.default_rng(0)))))
    assert perturbation.restore is not None
    spread = rows["window"][:, :, 0].std(axis=1)[:, None, None, None]
    assert np.abs(after - before).max() > 200.0
    assert np.abs((perturbation.restore(after) - before) / spread).max() < 1e-2


@pytest.mark.parametrize(
    "name", [name for name, perturbation in _PERTURBATIONS.items() if perturbation.kind == "ood"]
)
def test_a_ood_series_has_the_level_and_spread_of_the_window_it_replaces(
    rows: Rows, name: str
) -> None:
    ood, window = _apply(name, rows, 1)["window"][:, :, 0], rows["window"][:, :, 0]
    assert np.allclose(ood.mean(axis=1), window.mean(axis=1), rtol=1e-4)
    assert np.allclose(ood.std(axis=1), window.std(axis=1), rtol=1e-4)
    correlation = [
        abs(np.corrcoef(one, other)[0, 1]) for one, other in zip(ood, window, strict=True)
    ]
    assert np.median(correlation) < 0.5
