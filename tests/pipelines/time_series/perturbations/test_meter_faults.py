from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.time_series.perturbations import meter_faults


def _values() -> NDArray[np.float64]:
    steps = np.arange(96)
    return (
        10.0 + np.sin(2 * np.pi * steps / 24) + np.random.default_rng(0).normal(0.0, 0.1, (8, 96))
    )


def _generator() -> np.random.Generator:
    return np.random.default_rng(1)


def test_lost_values_count_as_not_observed() -> None:
    values = _values()
    changed = meter_faults.lose_latest(values, 12, _generator())
    assert np.array_equal(changed[:, :-12], values[:, :-12])
    assert np.isnan(changed[:, -12:]).all()


def test_one_reading_always_stays() -> None:
    assert np.isfinite(meter_faults.lose_latest(_values(), 500, _generator())).sum() == 8
    assert np.isfinite(meter_faults.lose_scattered(_values(), 1.0, _generator())).sum() == 8


def test_scattered_losses_have_the_share_that_they_promise() -> None:
    lost = np.isnan(meter_faults.lose_scattered(np.ones((100, 200)), 0.25, _generator()))
    assert lost.mean() == pytest.approx(0.25, abs=0.01)


def test_a_stuck_sensor_repeats_the_last_value_that_it_measured() -> None:
    values = _values()
    values[3, 80:84] = np.nan
    changed = meter_faults.freeze_latest(values, 12, _generator())
    assert np.all(changed[:, -12:] == changed[:, -12:-11])
    assert changed[0, -1] == values[0, 83]
    assert changed[3, -1] == values[3, 79]


def test_a_sensor_that_never_measured_can_only_be_stuck_at_nothing() -> None:
    assert np.isnan(meter_faults.freeze_latest(np.full((1, 10), np.nan), 3, _generator())).all()


@pytest.mark.parametrize("change", [meter_faults.shift_level, meter_faults.change_gain])
def test_an_exchanged_meter_leaves_the_latest_quarter(
    change: Callable[..., NDArray[np.float64]],
) -> None:
    values = _values()
    changed = change(values, 1.5, _generator())
    assert np.array_equal(changed[:, 72:], values[:, 72:])
    assert np.all(changed[:, 0] > values[:, 0])


def test_drift_grows_to_its_final_size() -> None:
    values = _values()
    change = np.abs(meter_faults.drift(values, 0.5, _generator()) - values)
    assert np.allclose(change[:, 0], 0.0)
    assert np.allclose(change[:, -1], 0.5 * values.std(axis=1))


def test_drift_goes_up_for_some_and_down_for_others() -> None:
    values = _values()
    assert set(np.sign(meter_faults.drift(values, 0.5, _generator()) - values)[:, -1]) == {
        -1.0,
        1.0,
    }


def test_a_unit_error_begins_with_a_single_reading() -> None:
    values = _values()
    changed = meter_faults.misread_unit(values, 1, _generator())
    assert np.array_equal(changed[:, :-1], values[:, :-1])
    assert np.allclose(changed[:, -1], 1000.0 * values[:, -1])


def test_noise_and_spikes_are_in_standard_deviations_of_the_window() -> None:
    values = np.random.default_rng(0).normal(50.0, 4.0, (4, 5000))
    assert (meter_faults.add_noise(values, 0.5, _generator()) - values).std() == pytest.approx(
        2.0, rel=0.05
    )
    spikes = np.abs(meter_faults.add_spikes(values, 0.1, _generator()) - values)
    assert (spikes > 0).mean() == pytest.approx(0.1, rel=0.1)
    assert spikes[spikes > 0].mean() == pytest.approx(24.0, rel=0.05)
