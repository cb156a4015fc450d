from __future__ import annotations

import numpy as np
import pytest

from pipelines.time_series.data import synthesize
from pipelines.time_series.probes import build_probes
from shared.contract import Rows
from tests.pipelines.time_series.tables import configure

_CONFIG = configure("data.demo_missing_share=0.0")
_PROBES = build_probes(_CONFIG)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return synthesize(_CONFIG, 200, seed=0).test.rows(np.arange(20))


def _apply(name: str, rows: Rows, severity: int) -> Rows:
    return _PROBES[name].apply(rows, severity, np.random.default_rng(0))


@pytest.mark.parametrize("name", [name for name, probe in _PROBES.items() if probe.kind == "corruption" and name != "missing_block"])
def test_severity_means_more_change(rows: Rows, name: str) -> None:
    changes = []
    for severity in _PROBES[name].severities:
        changed = _apply(name, rows, severity)
        changes.append(sum(float(np.abs(changed[key] - rows[key]).mean()) for key in rows))
    assert 0.0 < changes[0] < changes[1] < changes[2]


@pytest.mark.parametrize("name", list(_PROBES))
def test_shapes_and_dtypes_stay_and_the_original_is_not_touched(rows: Rows, name: str) -> None:
    before = {key: values.copy() for key, values in rows.items()}
    changed = _apply(name, rows, 1)
    assert {key: (values.shape, values.dtype) for key, values in changed.items()} == {key: (v.shape, v.dtype) for key, v in rows.items()}
    assert all(np.array_equal(before[key], rows[key]) for key in rows)


@pytest.mark.parametrize("name", [name for name in _PROBES if name != "covariate_error"])
def test_a_faulty_meter_leaves_covariates_alone(rows: Rows, name: str) -> None:
    changed = _apply(name, rows, 1)
    assert np.array_equal(changed["future"], rows["future"])
    assert np.array_equal(changed["window"][:, :, 1:], rows["window"][:, :, 1:])


def test_a_missing_block_is_not_observed(rows: Rows) -> None:
    changed = _apply("missing_block", rows, 2)["window"][:, :, 0]
    assert np.array_equal(changed[:, :-12], rows["window"][:, :-12, 0])
    assert np.isnan(changed[:, -12:]).all()


@pytest.mark.parametrize("name", ["level_shift", "scale"])
def test_the_latest_quarter_keeps_its_level(rows: Rows, name: str) -> None:
    changed = _apply(name, rows, 3)["window"][:, :, 0]
    assert np.array_equal(changed[:, 126:], rows["window"][:, 126:, 0])
    assert np.all(changed[:, 0] > rows["window"][:, 0, 0])


def test_clocks_change_before_the_latest_day_only(rows: Rows) -> None:
    changed, original = _apply("clock_change", rows, 1)["window"][:, :, 0], rows["window"][:, :, 0]
    assert np.array_equal(changed[:, -24:], original[:, -24:])
    assert np.array_equal(changed[:, 1:-24], original[:, : 168 - 25])


def test_wrong_covariates_are_those_ahead(rows: Rows) -> None:
    changed = _apply("covariate_error", rows, 1)
    assert np.array_equal(changed["window"], rows["window"])
    assert np.array_equal(changed["future"][:, :, 3:], rows["future"][:, :, 3:])
    error = changed["future"][:, :, 0] - rows["future"][:, :, 0]
    assert np.allclose(error, error[:, :1], atol=1e-4)


def test_without_covariates_there_is_nothing_to_get_wrong() -> None:
    assert "covariate_error" not in build_probes(configure("data.source=a.csv"))


@pytest.mark.parametrize("name", list(_PROBES))
def test_gaps_stay_gaps_and_spread_nowhere(name: str) -> None:
    rows = synthesize(configure("data.demo_missing_share=0.1"), 200, seed=0).test.rows(np.arange(20))
    changed = _apply(name, rows, 1)
    expected = {"clock_change": 20, "missing_block": 6 * 20}.get(name, 0)  # one step is repeated per row; a quarter of a day is lost
    assert abs(int(np.isnan(changed["window"]).sum()) - int(np.isnan(rows["window"]).sum())) <= expected
    assert np.isfinite(changed["future"]).all()
