"""The generated loads: reproducible, plausible, and caused by what they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data.site_loads import (
    COVARIATES,
    SIZES,
    SiteLoads,
    SiteLoadSettings,
    cause_mask,
    generate_site_loads,
)

_DAY = 24


@pytest.fixture(scope="module")
def loads() -> SiteLoads:
    return generate_site_loads(SiteLoadSettings(), seed=0)


def test_the_same_seed_gives_the_same_bytes(loads: SiteLoads) -> None:
    again = generate_site_loads(SiteLoadSettings(), seed=0)
    assert again.loads_kw.tobytes() == loads.loads_kw.tobytes()
    assert again.covariates.tobytes() == loads.covariates.tobytes()


def test_another_seed_gives_other_loads(loads: SiteLoads) -> None:
    assert not np.array_equal(
        generate_site_loads(SiteLoadSettings(), seed=1).loads_kw, loads.loads_kw
    )


def test_the_fingerprint_tells_settings_and_seeds_apart() -> None:
    fingerprints = {
        settings.fingerprint(seed)
        for settings in (SiteLoadSettings(), SiteLoadSettings(bias=0.0))
        for seed in (0, 1)
    }
    assert len(fingerprints) == 4


def test_shapes_and_ranges(loads: SiteLoads) -> None:
    assert loads.loads_kw.shape == (730 * _DAY, 12)
    assert loads.covariates.shape == (730 * _DAY, 12, len(COVARIATES))
    assert loads.loads_kw.min() > 0.0
    temperature, holiday, shutdown = np.moveaxis(loads.covariates, -1, 0)
    assert -35.0 < temperature.min() < 0.0 < 30.0 < temperature.max() < 55.0
    assert set(np.unique(holiday)) == set(np.unique(shutdown)) == {0.0, 1.0}
    assert loads.sizes == SIZES * 4


def test_the_clock_is_hourly_and_begins_on_a_monday(loads: SiteLoads) -> None:
    assert np.all(np.diff(loads.stamps) == np.timedelta64(3600, "s"))
    assert loads.stamps[0].astype("datetime64[D]").item().weekday() == 0


def test_a_day_and_a_week_ago_tell_more_than_half_a_day_ago(loads: SiteLoads) -> None:
    standardised = loads.loads_kw / loads.loads_kw.std(axis=0)
    error = {
        lag: float(((standardised[lag:] - standardised[:-lag]) ** 2).mean())
        for lag in (12, _DAY, 7 * _DAY)
    }
    assert error[_DAY] < error[12]
    assert error[7 * _DAY] < error[12]


def test_bias_makes_small_sites_less_predictable_and_only_them() -> None:
    fair, biased = (
        generate_site_loads(SiteLoadSettings(num_days=200, bias=bias), seed=0)
        for bias in (0.0, 1.0)
    )
    is_small = np.array(fair.sizes) == "small"

    def naive_error(loads: SiteLoads) -> NDArray[np.float64]:
        return np.asarray(
            np.abs(np.log(loads.loads_kw[_DAY:] / loads.loads_kw[:-_DAY])).mean(axis=0)
        )

    assert np.all(naive_error(biased)[is_small] > 1.3 * naive_error(fair)[is_small])
    assert np.array_equal(biased.loads_kw[:, ~is_small], fair.loads_kw[:, ~is_small])


def test_temperature_acts_from_both_ends(loads: SiteLoads) -> None:
    afternoon = np.arange(len(loads.stamps)) % _DAY == 15
    temperature = loads.covariates[afternoon, :, 0].ravel()
    relative = (loads.loads_kw[afternoon] / np.median(loads.loads_kw[afternoon], axis=0)).ravel()
    cold, mild, warm = (
        relative[chosen].mean()
        for chosen in (temperature < 2, abs(temperature - 17) < 2, temperature > 28)
    )
    assert cold > 1.1 * mild
    assert warm > 1.1 * mild


def test_a_linear_model_leaves_much_to_learn_even_if_it_is_given_all_causes(
    loads: SiteLoads,
) -> None:
    def bent(temperature: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate(
            [np.maximum(0.0, 15.0 - temperature), np.maximum(0.0, temperature - 19.0)], axis=1
        )

    linear = np.mean(
        [_error_of_a_day_ahead(loads, site, lambda temperature: temperature) for site in range(12)]
    )
    assert linear > 1.25 * np.mean([_error_of_a_day_ahead(loads, site, bent) for site in range(12)])


def _error_of_a_day_ahead(
    loads: SiteLoads, site: int, describe: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> float:
    """Mean squared error on the second year of a linear model of one site, given lags and described temperatures."""
    starts = np.arange(168, 729 * _DAY, _DAY)
    values = loads.loads_kw[:, site] / loads.loads_kw[:, site].std()
    ahead = starts[:, None] + np.arange(_DAY)
    moments = (ahead, ahead - _DAY, ahead - 168)
    inputs = np.concatenate(
        [
            values[moments[1]],
            values[moments[2]],
            *(describe(loads.covariates[moment, site, 0]) for moment in moments),
        ],
        axis=1,
    )
    undisturbed = ~np.any(
        [loads.covariates[moment, site, 2].any(axis=1) for moment in moments], axis=0
    )
    starts, ahead, inputs = starts[undisturbed], ahead[undisturbed], inputs[undisturbed]
    half = len(starts) // 2
    model = make_pipeline(StandardScaler(), Ridge(alpha=30.0)).fit(
        inputs[:half], values[ahead[:half]]
    )
    return float(((model.predict(inputs[half:]) - values[ahead[half:]]) ** 2).mean())


def _causes(
    lookback: int, ahead: NDArray[np.float32], **changes: NDArray[np.float32]
) -> NDArray[np.float32]:
    history = {
        "loads": np.ones(lookback, np.float32),
        "past": np.zeros((lookback, 3), np.float32),
    } | changes
    return cause_mask(history["loads"], history["past"], ahead, num_calendar=4)


def _flags(horizon: int, **flags: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.stack(
        [flags.get(name, np.zeros(horizon, np.bool_)) for name in COVARIATES], axis=-1
    ).astype(np.float32)


def test_causes_are_yesterday_the_same_hours_last_week_and_what_lies_ahead() -> None:
    mask = _causes(168, _flags(24))
    assert mask.shape == (168 + 24, 1 + 3 + 4)
    assert np.flatnonzero(mask[:, 0]).tolist() == [*range(24), *range(144, 168)]
    assert np.flatnonzero(mask[:, 1]).tolist() == [*range(24), *range(144, 192)]
    assert mask[:, 2:4].sum() == 0.0
    assert np.all(mask[168:, 4:] == 1.0)
    assert np.all(mask[:168, 4:] == 0.0)


@pytest.mark.parametrize(("name", "column"), [("holiday", 2), ("shutdown", 3)])
def test_a_flag_that_is_set_ahead_is_a_cause(name: str, column: int) -> None:
    is_set = np.arange(24) >= 12
    assert (
        _causes(168, _flags(24, **{name: is_set}))[168:, column].tolist()
        == is_set.astype(float).tolist()
    )


def test_a_shutdown_of_yesterday_is_a_cause_and_one_of_three_days_ago_is_not() -> None:
    past = np.zeros((168, 3), np.float32)
    past[[100, 150], 2] = 1.0
    assert np.flatnonzero(_causes(168, _flags(24), past=past)[:, 3]).tolist() == [150]


def test_what_was_not_metered_is_no_cause() -> None:
    loads = np.ones(168, np.float32)
    loads[150] = np.nan
    assert _causes(168, _flags(24), loads=loads)[[149, 150, 151], 0].tolist() == [1.0, 0.0, 1.0]


def test_causes_before_the_window_are_left_out() -> None:
    assert np.flatnonzero(_causes(48, _flags(12))[:48, 0]).tolist() == list(range(24, 36))


def test_beyond_a_day_the_last_day_stays_the_cause() -> None:
    assert np.flatnonzero(_causes(168, _flags(72))[:168, 0]).tolist() == [
        *range(72),
        *range(144, 168),
    ]


def test_a_planned_shutdown_takes_six_tenths_of_the_load(loads: SiteLoads) -> None:
    shut = loads.covariates[..., 2] > 0
    before = np.roll(shut, -1, axis=0) & ~shut  # the hour before one begins
    ratio = np.roll(loads.loads_kw, -1, axis=0)[before] / loads.loads_kw[before]
    assert np.median(ratio) == pytest.approx(0.4, rel=0.15)
    assert 0.015 < shut.mean() < 0.04


def test_meters_are_silent_in_stretches_and_in_the_given_share() -> None:
    loads = generate_site_loads(SiteLoadSettings(missing_share=0.05), seed=0).loads_kw
    silent = np.isnan(loads)
    assert silent.mean() == pytest.approx(0.05, abs=0.01)
    assert (silent[1:] & ~silent[:-1]).sum() < 0.2 * silent.sum()


def test_the_table_holds_the_same_numbers(loads: SiteLoads) -> None:
    table = loads.to_table()
    one = table[table["series"] == "site 03"]
    assert list(table.columns) == ["series", "time", "value", *COVARIATES, "size"]
    assert np.array_equal(one["value"].to_numpy(), loads.loads_kw[:, 2])
    assert np.array_equal(one["temperature"].to_numpy(), loads.covariates[:, 2, 0])
    assert one["size"].unique().tolist() == ["large"]
