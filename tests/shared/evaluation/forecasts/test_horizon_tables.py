from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.evaluation.forecasts.horizon_tables import skill_entry, step_table
from shared.statistics.bootstrap import Resampling
from shared.targets.horizon import Horizon
from tests.shared.as_json import as_json
from tests.shared.evaluation.predicted_run import HORIZON, forecast

RESAMPLING = Resampling(200, 0.95, (0,))
NUMBERS = ("mae_standardised", "pinball", "crps", "coverage", "interval_width", "interval_score")


def test_each_step_has_its_own_numbers_with_intervals() -> None:
    test = forecast(0)
    steps = as_json(step_table(HORIZON, test, RESAMPLING))
    assert [item["step"] for item in steps] == [1, 2, 3, 4]
    assert [item["seconds_ahead"] for item in steps] == [3600, 7200, 10800, 14400]
    for place, item in enumerate(steps):
        only = replace(
            test,
            targets=np.where(
                np.arange(4)[None, :, None] == place, test.targets, np.float32(np.nan)
            ),
        )
        seen = only.take(np.flatnonzero(np.isfinite(only.targets).any(axis=(1, 2))))
        assert item["pinball"]["value"] == pytest.approx(HORIZON.metrics(seen)["pinball"])
        assert item["crps"]["value"] == pytest.approx(2 * HORIZON.metrics(seen)["pinball"])
        assert item["interval_width"]["value"] == pytest.approx(
            0.5
        )  # ± noise of 0.5 over a scale of 2
        assert all(
            item[name]["ci_low"] <= item[name]["value"] <= item[name]["ci_high"]
            for name in NUMBERS
            if name != "interval_width"
        )


def test_without_quantiles_only_the_error_has_steps() -> None:
    point = HORIZON.model_copy(update={"quantiles": ()})
    test = forecast(0)
    step = as_json(step_table(point, test.with_scores(test.scores[..., :1]), RESAMPLING))[0]
    assert step["mae_standardised"]["value"] > 0.0
    assert all(step[name] is None for name in NUMBERS[1:])


def test_the_interval_score_charges_each_side_for_what_it_misses() -> None:
    one_sided = Horizon(
        steps=4,
        channels=("load", "heat"),
        unit="kW",
        quantiles=(0.1, 0.5, 0.7),
        step_seconds=3600,
        season_steps=2,
    )
    test = forecast(0)
    low, high = test.scores[..., 1], test.scores[..., 3]
    above, below = (replace(test, targets=end) for end in (high + 2.0, low - 2.0))
    width = (high - low) / 2.0
    assert one_sided.interval_scores(above) == pytest.approx(width + 1.0 / 0.3, rel=1e-5)
    assert one_sided.interval_scores(below) == pytest.approx(width + 1.0 / 0.1, rel=1e-5)


def test_skill_against_each_baseline_is_one_minus_the_ratio_of_errors() -> None:
    test = forecast(0)
    others = HORIZON.baselines(None, test)
    tables = [
        as_json(skill_entry(HORIZON, test, name, other, RESAMPLING))
        for name, other in others.items()
    ]
    assert [item["baseline"] for item in tables] == list(others)
    for item in tables:
        ours, theirs = (
            HORIZON.metrics(each)["mse_standardised"] for each in (test, others[item["baseline"]])
        )
        assert item["value"] == pytest.approx(1.0 - ours / theirs)
        assert item["ci_low"] <= item["value"] <= item["ci_high"]
        assert len(item["steps"]) == 4


def test_skill_against_oneself_is_nothing() -> None:
    test = forecast(0)
    item = as_json(skill_entry(HORIZON, test, "itself", test, RESAMPLING))
    assert item["value"] == 0.0
    assert [step["value"] for step in item["steps"]] == [0.0] * 4
