from __future__ import annotations

import numpy as np

from pipelines.time_series.models.gap_filling import GapFilling, fill_gaps

_NAN = float("nan")


def _fill(values: list[float], season_steps: int, otherwise: float = _NAN) -> list[float]:
    window = np.array(values, np.float32).reshape(1, -1, 1)
    filled: list[float] = np.asarray(fill_gaps(window, season_steps, (otherwise,)))[
        0, :, 0
    ].tolist()
    return filled


def test_a_gap_takes_the_mean_of_its_place_in_the_other_seasons() -> None:
    assert _fill([1, 10, 3, 20, 5, _NAN], season_steps=2) == [1, 10, 3, 20, 5, 15]


def test_seasons_are_counted_from_the_end() -> None:
    assert _fill([99, 1, 10, 3, _NAN], season_steps=2) == [99, 1, 10, 3, 54.5]


def test_a_place_that_was_never_observed_takes_the_mean_of_the_window() -> None:
    assert _fill([1, _NAN, 3, _NAN], season_steps=2) == [1, 2, 3, 2]


def test_a_column_that_was_never_observed_takes_what_is_given_for_it() -> None:
    assert _fill([_NAN, _NAN], season_steps=2, otherwise=7.0) == [7, 7]
    assert np.isnan(_fill([_NAN, _NAN], season_steps=2)).all()


def test_complete_windows_pass_unchanged_to_the_last_bit() -> None:
    window = np.random.default_rng(0).normal(1e3, 1e-3, size=(4, 50, 2))
    filled = GapFilling(24, (0.0, 0.0))(window)
    assert np.asarray(filled["filled"]).tobytes() == window.tobytes()
    assert not np.asarray(filled["missing"]).any()


def test_what_was_filled_is_flagged() -> None:
    window = np.ones((1, 4, 2), np.float32)
    window[0, 1, 1] = np.nan
    missing = np.asarray(GapFilling(2, (0.0, 0.0))(window)["missing"])
    assert np.argwhere(missing).tolist() == [[0, 1, 1]]


def test_the_layer_can_be_rebuilt_from_its_configuration() -> None:
    layer = GapFilling(24, (1.0, 2.0))
    assert GapFilling.from_config(layer.get_config()).get_config() == layer.get_config()
