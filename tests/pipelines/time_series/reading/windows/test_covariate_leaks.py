from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.data import load
from shared.datasheet.datasheet import make_datasheet
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure, wide_table, write


def _load(column: pd.Series, folder: Path, *assignments: str) -> None:
    table = wide_table(600, names=("north",))
    path = write(table.assign(extra=column.to_numpy()), folder / "loads.csv")
    load(configure(*assignments, source=path))


@pytest.fixture
def north() -> pd.Series:
    return wide_table(600, names=("north",))["north"]


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (0, "of the same step"),
        (1, "of 1 step before"),
        (5, "of 5 steps before"),
        (-1, "of 1 step later"),
        (-6, "of 6 steps later"),
    ],
)
def test_a_known_covariate_that_copies_the_values_within_the_horizon_is_refused(
    tmp_path: Path, north: pd.Series, shift: int, says: str
) -> None:
    column = north.shift(shift).bfill().ffill()
    with pytest.raises(
        DataError,
        match=(
            r"The covariate 'extra' is a copy of the values of series 'north'"
            rf" {says}.*data.past_covariates"
        ),
    ):
        _load(column, tmp_path, "data.known_covariates=[extra]")


def test_a_copy_in_another_unit_is_a_copy(tmp_path: Path, north: pd.Series) -> None:
    with pytest.raises(DataError, match="of the same step"):
        _load((1.8 * north + 32.0).round(3), tmp_path, "data.known_covariates=[extra]")


def test_what_lies_a_horizon_back_is_known(tmp_path: Path, north: pd.Series) -> None:
    _load(north.shift(6).bfill(), tmp_path, "data.known_covariates=[extra]")


def test_what_resembles_the_values_is_no_copy(tmp_path: Path, north: pd.Series) -> None:
    _load(
        north + 0.1 * np.random.default_rng(1).normal(size=600),
        tmp_path,
        "data.known_covariates=[extra]",
    )


def test_a_past_covariate_may_be_the_value_but_not_a_later_one(
    tmp_path: Path, north: pd.Series
) -> None:
    _load(north, tmp_path, "data.past_covariates=[extra]")
    with pytest.raises(DataError, match="of 2 steps later"):
        _load(north.shift(-2).ffill(), tmp_path, "data.past_covariates=[extra]")


def test_a_leak_may_be_accepted_and_is_then_told(tmp_path: Path, north: pd.Series) -> None:
    table = wide_table(600, names=("north",)).assign(extra=north)
    path = write(table, tmp_path / "loads.csv")
    splits = load(
        configure("data.known_covariates=[extra]", "data.allow_leakage=true", source=path)
    )
    leakage = make_datasheet(splits, allow_leakage=True).leakage
    assert leakage.allowed
    assert leakage.reasons == (
        "The covariate 'extra' is a copy of the values of series 'north' of the same step.",
    )
