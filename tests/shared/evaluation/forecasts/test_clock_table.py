from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.evaluation.forecasts.clock_table import clock_table
from shared.statistics.bootstrap import Resampling
from tests.shared.as_json import as_json
from tests.shared.evaluation.predicted_run import HORIZON, forecast

RESAMPLING = Resampling(200, 0.95, (0,))


def test_every_observed_value_counts_at_the_hour_that_it_was_measured() -> None:
    test = forecast(0)
    table = as_json(clock_table(HORIZON, test, RESAMPLING))
    assert [item["hour"] for item in table] == list(range(24))
    assert sum(item["n"] for item in table) == np.isfinite(test.targets).sum()


def test_an_error_of_one_hour_shows_at_that_hour_alone() -> None:
    test = forecast(0, noise=0.0)
    targets = test.targets.copy()
    assert test.forecast is not None
    # Forecasts start every hour from midnight on: the second step of the first is measured at one
    # o'clock.
    hours = (np.arange(len(test))[:, None] + np.arange(4)) % 24
    targets[hours == 5] += 2.0  # one standard deviation
    table = as_json(clock_table(HORIZON, replace(test, targets=targets), RESAMPLING))
    assert table[5]["mae_standardised"]["value"] == pytest.approx(1.0)
    assert table[5]["coverage"]["value"] == 0.0
    others = [item for item in table if item["hour"] != 5]
    assert max(item["mae_standardised"]["value"] for item in others) == pytest.approx(0.0, abs=1e-6)


def test_days_have_no_hours() -> None:
    assert (
        as_json(
            clock_table(
                HORIZON.model_copy(update={"step_seconds": 86_400}), forecast(0), RESAMPLING
            )
        )
        == []
    )


def test_without_an_interval_only_the_error_has_hours() -> None:
    point, test = HORIZON.model_copy(update={"quantiles": ()}), forecast(0)
    table = as_json(clock_table(point, test.with_scores(test.scores[..., :1]), RESAMPLING))
    assert table[0]["coverage"] is None
    assert table[0]["mae_standardised"]["value"] > 0.0
