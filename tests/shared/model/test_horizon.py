from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.contract import Examples
from shared.model.target import encode_targets, loss
from shared.targets import Horizon
from shared.targets.predictions import ForecastContext

_TARGET = Horizon(
    steps=4, channels=("value",), unit="kW", quantiles=(0.5,), step_seconds=3600, season_steps=2
)


def _examples(*targets: list[float]) -> Examples:
    count = len(targets)
    ones = np.ones((count, 1), np.float32)
    starts = np.datetime64("2024-01-01", "s") + np.arange(count) * np.timedelta64(3600, "s")
    return Examples(
        ids=np.array([str(row) for row in range(count)]),
        entities=np.array(["a"] * count),
        targets=np.array(targets, np.float32)[..., None],
        groups=pd.DataFrame(index=range(count)),
        rows=lambda indices: {},
        forecast=ForecastContext(
            starts, np.zeros((count, 2, 1), np.float32), 0.0 * ones, 2.0 * ones, ones, ones
        ),
    )


def _loss(targets: list[float], forecast: list[float]) -> float:
    scores = np.repeat(np.array([forecast], np.float32)[..., None, None], 2, axis=-1)
    return float(loss(_TARGET)(encode_targets(_TARGET, _examples(targets)), scores))


def test_a_forecast_is_judged_in_standard_deviations() -> None:
    # Off by 2, which is one standard deviation: squared error 1, pinball loss of the median 0.5.
    assert _loss([1.0, 1.0, 1.0, 1.0], [3.0, 3.0, 3.0, 3.0]) == pytest.approx(1.5)


def test_the_loss_of_a_row_is_the_mean_over_what_was_observed() -> None:
    nan = float("nan")
    assert _loss([1.0, nan, nan, nan], [3.0, 0.0, 1e6, -1e6]) == pytest.approx(1.5)


def test_a_row_of_which_nothing_was_observed_costs_nothing() -> None:
    assert _loss([float("nan")] * 4, [1e6] * 4) == 0.0


def test_what_was_not_observed_has_weight_zero() -> None:
    encoded = encode_targets(_TARGET, _examples([1.0, float("nan"), 3.0, 4.0]))
    assert encoded[0, :, 0, 0].tolist() == [1.0, 0.0, 3.0, 4.0]
    assert encoded[0, :, 0, 1].tolist() == [0.5, 0.0, 0.5, 0.5]
