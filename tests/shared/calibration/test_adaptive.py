from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.calibration import adaptive
from shared.calibration.adaptive import next_multipliers, replay, start_multipliers
from shared.calibration.adaptive_choice import choose_adaptive_rule
from shared.run.artefacts.calibration_file import AdaptiveRule
from shared.targets.calibration import widen
from shared.targets.predictions import Predictions
from tests.shared.calibration.series import HOURLY, noisy_forecasts

RULE = AdaptiveRule(coverage=0.8, step_size=0.05)


def _coverage(predictions: Predictions) -> float:
    return float(np.nanmean(HOURLY.covered(predictions)))


def _adapted(predictions: Predictions, rule: AdaptiveRule = RULE) -> Predictions:
    return predictions.with_scores(widen(predictions.scores, replay(HOURLY, predictions, rule)))


def _second_half(predictions: Predictions) -> Predictions:
    return predictions.take(np.arange(len(predictions) * 5 // 8, len(predictions)))


def _another_future(predictions: Predictions, moment: int) -> Predictions:
    """The same forecasts, whose values from a moment on came out otherwise."""
    measured_at = np.arange(len(predictions))[:, None] + np.arange(HOURLY.steps)
    return replace(
        predictions,
        targets=np.where(measured_at[..., None] >= moment, 100.0, predictions.targets).astype(
            np.float32
        ),
    )


def _looks_ahead(predictions: Predictions, moment: int) -> bool:
    """Whether what is issued up to a moment depends on values from that moment on."""
    issued, otherwise = (
        replay(HOURLY, each, RULE)[: moment + 1]
        for each in (predictions, _another_future(predictions, moment))
    )
    return not np.array_equal(issued, otherwise)


def test_no_forecast_sees_what_is_measured_from_its_start_on() -> None:
    assert not any(
        _looks_ahead(noisy_forecasts(0, num_moments=60), moment) for moment in (1, 7, 30, 59)
    )


@pytest.mark.parametrize("num_too_early", [1, 6])
def test_a_replay_that_forgets_the_delay_of_the_horizon_is_caught(
    monkeypatch: pytest.MonkeyPatch, num_too_early: int
) -> None:
    honest = adaptive._num_revealed

    def peeking(starts: NDArray[np.int64], num_steps: int, step_seconds: int) -> NDArray[np.int64]:
        return np.minimum(
            honest(starts + num_too_early * step_seconds, num_steps, step_seconds) + num_too_early,
            np.arange(60)[:, None],
        )

    monkeypatch.setattr(adaptive, "_num_revealed", peeking)
    assert _looks_ahead(noisy_forecasts(0, num_moments=60), 30)


def test_a_forecast_learns_from_the_last_value_before_its_start() -> None:
    predictions = noisy_forecasts(0, num_moments=60)
    issued, otherwise = (
        replay(HOURLY, each, RULE) for each in (predictions, _another_future(predictions, 29))
    )
    # Step k, measured last at hour 29, was forecast k − 1 hours before it.
    assert np.all(issued[30] != otherwise[30])
    assert np.array_equal(issued[29], otherwise[29])


def test_after_an_abrupt_shift_static_intervals_miss_and_adaptive_ones_recover() -> None:
    shifted = noisy_forecasts(0, noise_after=3.0)
    assert _coverage(_second_half(shifted)) < 0.4
    assert _coverage(_second_half(_adapted(shifted))) == pytest.approx(0.8, abs=0.03)


def test_without_a_shift_little_is_lost() -> None:
    steady = noisy_forecasts(0)
    scores = [float(HOURLY.interval_scores(each).mean()) for each in (steady, _adapted(steady))]
    assert scores[1] < 1.03 * scores[0]
    assert _coverage(_adapted(steady)) == pytest.approx(0.8, abs=0.02)


def test_the_share_of_misses_differs_from_the_promise_by_no_more_than_the_recursion_says() -> None:
    shifted = noisy_forecasts(1, noise_after=3.0)
    issued = replay(HOURLY, shifted, RULE)
    outside = 1.0 - HOURLY.covered(shifted.with_scores(widen(shifted.scores, issued)))
    for step in range(HOURLY.steps):
        num_known = len(shifted) - 1 - step  # forecasts whose truth lies before the last one starts
        surplus = outside[:num_known, step, 0].mean() - 0.2
        assert surplus == pytest.approx(
            np.log(issued[-1, step, 0]) / (RULE.step_size * num_known), abs=1e-3
        )


def test_the_replay_is_the_recursion_that_a_client_runs() -> None:
    predictions = noisy_forecasts(0, num_moments=40, noise_after=3.0)
    multipliers = start_multipliers(HOURLY, RULE)
    memory: list[NDArray[np.float64]] = []
    for hour in range(40):
        for step in range(HOURLY.steps):
            if (
                made := hour - step - 1
            ) >= 0:  # the forecast whose value of this step was measured last
                missed = np.full(multipliers.shape, np.nan)
                missed[step] = abs(predictions.targets[made, step]) > 1.2816 * memory[made][step]
                multipliers = next_multipliers(multipliers, missed, RULE)
        memory.append(multipliers)
    assert np.allclose(np.stack(memory), replay(HOURLY, predictions, RULE))


def test_order_of_rows_does_not_matter_and_series_of_one_moment_share_their_misses() -> None:
    predictions = noisy_forecasts(0, num_moments=50, num_series=3)
    issued = replay(HOURLY, predictions, RULE)
    assert np.array_equal(issued[:50], issued[50:100])
    order = np.random.default_rng(0).permutation(len(predictions))
    assert np.array_equal(replay(HOURLY, predictions.take(order), RULE), issued[order])


def test_values_that_were_not_observed_teach_nothing() -> None:
    predictions = noisy_forecasts(0, num_moments=50)
    unknown = replace(predictions, targets=np.full_like(predictions.targets, np.nan))
    assert np.all(replay(HOURLY, unknown, RULE) == 1.0)


def test_multipliers_stay_within_bounds_however_long_everything_is_missed() -> None:
    multipliers = start_multipliers(HOURLY, RULE)
    for missed in (1.0, 0.0):
        for _ in range(2000):
            multipliers = next_multipliers(
                multipliers,
                np.full(multipliers.shape, missed),
                AdaptiveRule(coverage=0.8, step_size=1.0),
            )
        assert np.all((multipliers >= 1e-3) & (multipliers <= 1e3))


def test_validation_chooses_large_steps_where_noise_changes_and_small_ones_where_it_does_not() -> (
    None
):
    candidates = (0.002, 0.05)
    steady = choose_adaptive_rule(HOURLY, noisy_forecasts(0), candidates)
    shifted = choose_adaptive_rule(HOURLY, noisy_forecasts(0, noise_after=4.0), candidates)
    assert steady is not None
    assert shifted is not None
    assert (steady.step_size, shifted.step_size) == (0.002, 0.05)


def test_a_short_validation_takes_the_first_candidate() -> None:
    rule = choose_adaptive_rule(HOURLY, noisy_forecasts(0, num_moments=8), (0.02, 0.1))
    assert rule is not None
    assert rule.step_size == 0.02


def test_without_an_interval_there_is_nothing_to_adapt() -> None:
    median = HOURLY.model_copy(update={"quantiles": (0.5,)})
    predictions = noisy_forecasts(0, num_moments=8)
    assert (
        choose_adaptive_rule(
            median, predictions.with_scores(predictions.scores[..., [0, 2]]), (0.02,)
        )
        is None
    )
