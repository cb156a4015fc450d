from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.reporting.reader.forecast_choice import choose_forecasts, mean_errors
from shared.targets import Horizon
from shared.targets.predictions import ForecastContext, Predictions

TARGET = Horizon(steps=4, channels=("a",), unit="kW", step_seconds=3600, season_steps=2)


def predictions(misses: list[float], peaks: dict[int, float] | None = None) -> Predictions:
    """Windows whose forecast is 0 with an interval from -1 to 1, and whose truth is `misses`."""
    count = len(misses)
    truth: NDArray[np.float64] = np.repeat(np.array(misses)[:, None, None], 4, axis=1)
    for row, height in (peaks or {}).items():
        truth[row, 2, 0] = height
    scores = np.zeros((count, 4, 1, 4))
    scores[..., 1] = -1.0
    scores[..., 3] = 1.0
    ones = np.ones((count, 1))
    starts = np.full(count, np.datetime64("2024-01-01", "s"))
    context = ForecastContext(starts, np.zeros((count, 2, 1)), ones, ones, ones, ones)
    ids = np.array([f"w{row}" for row in range(count)])
    return Predictions(ids, ids, truth, scores, context)


def chosen(test: Predictions) -> dict[str, int]:
    return {one.why: one.row for one in choose_forecasts(TARGET, test)}


def test_best_median_worst_and_a_missed_peak_are_shown() -> None:
    test = predictions([0.5, 0.1, 3.0, 0.2, 0.6], peaks={0: 2.0})
    assert chosen(test) == {"Best": 1, "Median": 4, "Worst": 2, "Missed peak": 0}


def test_a_peak_inside_the_interval_is_not_missed() -> None:
    assert "Missed peak" not in chosen(predictions([0.5, 0.1, 0.9, 0.2]))


def test_windows_that_were_hardly_observed_are_not_shown() -> None:
    test = predictions([9.0, 0.1, 0.2, 0.3])
    test.targets[0, 1:] = np.nan
    assert np.isnan(mean_errors(TARGET, test)[0, 0])
    assert 0 not in [row for why, row in chosen(test).items() if why != "Missed peak"]


def test_one_window_is_shown_once() -> None:
    assert chosen(predictions([0.5])) == {"Best": 0}
