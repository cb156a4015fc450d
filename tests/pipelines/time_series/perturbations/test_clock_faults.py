from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.perturbations import clock_faults


def _values(num_rows: int = 40) -> NDArray[np.float64]:
    return np.tile(np.arange(24, dtype=np.float64), (num_rows, 1))


def _changed() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A row whose clock was set forward, and one whose clock was set back, twelve steps ago."""
    changed = clock_faults.change_clocks(_values(), 0.5, np.random.default_rng(0), hour_steps=1)
    is_forward = np.isnan(changed[:, 0])
    assert 0 < is_forward.sum() < len(changed)
    return changed[is_forward][0], changed[~is_forward][0]


def test_an_hour_is_missing_where_clocks_were_set_forward() -> None:
    forward, _ = _changed()
    assert forward[1:12].tolist() == list(range(11))
    assert 11.0 not in forward


def test_an_hour_is_there_twice_where_clocks_were_set_back() -> None:
    _, back = _changed()
    assert back[:12].tolist() == list(range(1, 13))
    assert (back == 12.0).sum() == 2


def test_what_is_newer_than_the_change_stays() -> None:
    for row in _changed():
        assert row[12:].tolist() == list(range(12, 24))


def test_a_fast_clock_hides_the_latest_readings() -> None:
    late = clock_faults.run_fast(_values(1), 3, np.random.default_rng(0))[0]
    assert np.isnan(late[:3]).all()
    assert late[3:].tolist() == list(range(21))


def test_no_clock_hides_everything() -> None:
    assert np.isfinite(clock_faults.run_fast(_values(1), 99, np.random.default_rng(0))).any()
