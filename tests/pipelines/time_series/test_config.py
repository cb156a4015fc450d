from __future__ import annotations

import pytest

from data.site_loads import COVARIATES
from shared.config.sources import resolve_config
from shared.errors import ConfigError
from tests.pipelines.time_series.tables import PRESETS, configure


def test_the_bundled_data_bring_their_own_covariates() -> None:
    assert configure().data.known == COVARIATES


def test_files_have_the_covariates_that_are_named() -> None:
    assert configure("data.source=loads.csv", "data.known_covariates=[holiday]").data.known == (
        "holiday",
    )


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("data.frequency=fortnight", "not a pandas frequency"),
        ("data.calendar=[day, day]", "a name appears twice"),
        ("data.group_columns=[season]", "'season' is an attribute that every run reports by"),
        ("data.split_steps=[100, 0, 10]", "at least one step each"),
        ("data.split=entity", "data.split"),
        ("data.timezone=Berlin", "not the name of a time zone"),
        ("data.duplicates=median", "data.duplicates"),
        ("data.min_observed_share=0.0", "data.min_observed_share"),
        ("model.quantiles=[0.5, 0.1]", "quantile levels must increase"),
        ("model.quantiles=[0.0, 0.5]", "lie between 0 and 1"),
    ],
)
def test_values_out_of_bounds_are_refused_by_name(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configure(assignment)


def test_setting_one_training_value_keeps_the_pipelines_other_defaults() -> None:
    config = configure("train.epochs=3", preset="default")
    assert (config.train.epochs, config.train.batch_size, config.train.weight_decay) == (
        3,
        128,
        0.01,
    )


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_is_valid(preset: str) -> None:
    assert resolve_config(type(configure()), PRESETS, preset).preset == preset


def test_a_column_has_one_role() -> None:
    with pytest.raises(
        ConfigError,
        match=(
            r"column 'wind' is in data.past_covariates and in data.known_covariates: a column has"
            r" one role"
        ),
    ):
        configure("data.past_covariates=[wind]", "data.known_covariates=[wind]")


def test_a_season_longer_than_the_window_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"season_steps \(100\) is longer than .*\(48\)"):
        configure("data.season_steps=100", "data.lookback_steps=48")
