from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.evaluation.forecasts.adaptive_tables import adaptive_tables
from shared.run.artefacts.calibration_file import AdaptiveRule
from shared.statistics.bootstrap import Resampling
from shared.targets.calibration import widen
from tests.shared.as_json import as_json
from tests.shared.calibration.series import HOURLY, noisy_forecasts

RESAMPLING = Resampling(200, 0.95, (0,))
RULE = AdaptiveRule(coverage=0.8, step_size=0.05)


@pytest.fixture(scope="module")
def shifted() -> dict[str, Any]:
    raw = noisy_forecasts(0, num_moments=900, noise_after=3.0)
    deployed = raw.with_scores(widen(raw.scores, np.full((6, 1), 1.1)))
    table: dict[str, Any] = as_json(adaptive_tables(HOURLY, raw, deployed, RULE, RESAMPLING))
    return table


def test_three_kinds_of_intervals_are_measured_alike(shifted: dict[str, Any]) -> None:
    assert list(shifted["kinds"]) == ["raw", "deployed", "adaptive"]
    assert (shifted["nominal"], shifted["step_size"], shifted["n"]) == (0.8, 0.05, 900)
    for numbers in shifted["kinds"].values():
        for entry in numbers.values():
            assert entry["ci_low"] is None or entry["ci_low"] <= entry["value"] <= entry["ci_high"]
    assert shifted["kinds"]["raw"]["interval_width"]["value"] == pytest.approx(2 * 1.2816)
    assert shifted["kinds"]["deployed"]["interval_width"]["value"] == pytest.approx(
        1.1 * 2 * 1.2816, rel=1e-4
    )


def test_the_difference_is_adaptive_minus_deployed(shifted: dict[str, Any]) -> None:
    for name, entry in shifted["difference"].items():
        kinds = shifted["kinds"]
        assert entry["value"] == pytest.approx(
            kinds["adaptive"][name]["value"] - kinds["deployed"][name]["value"]
        )
        assert entry["ci_low"] <= entry["value"] <= entry["ci_high"]
    assert shifted["difference"]["interval_score"]["ci_high"] < 0.0


def test_periods_follow_time_and_show_the_shift_and_the_recovery(shifted: dict[str, Any]) -> None:
    periods = shifted["periods"]
    assert [item["first"] for item in periods] == sorted(item["first"] for item in periods)
    assert sum(item["deployed"]["n"] for item in periods) == 900
    assert periods[0]["deployed"]["value"] > 0.75
    assert periods[-1]["deployed"]["value"] < 0.6
    assert periods[-1]["adaptive"]["value"] > 0.7


def test_steps_have_coverage_and_width_of_each_kind(shifted: dict[str, Any]) -> None:
    assert [item["step"] for item in shifted["steps"]] == [1, 2, 3, 4, 5, 6]
    assert all(
        item["adaptive"]["coverage"]["value"] > item["deployed"]["coverage"]["value"]
        for item in shifted["steps"]
    )
    assert all(
        item["adaptive"]["interval_width"]["value"] > item["deployed"]["interval_width"]["value"]
        for item in shifted["steps"]
    )
