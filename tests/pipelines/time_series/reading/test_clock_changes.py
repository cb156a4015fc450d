from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pipelines.time_series.reading.clock_changes import (
    find_clock_changes,
    local_to_utc,
    utc_to_local,
)
from shared.errors import DataError

_BERLIN = "Europe/Berlin"


def _utc(first: str, periods: int, frequency: str = "h") -> NDArray[np.datetime64]:
    return pd.date_range(first, periods=periods, freq=frequency).to_numpy().astype("datetime64[s]")


def _to_utc(
    moments: NDArray[np.datetime64], owners: NDArray[np.int64] | None = None
) -> NDArray[np.datetime64]:
    return local_to_utc(
        moments,
        _BERLIN,
        np.zeros(len(moments), np.int64) if owners is None else owners,
        Path("a.csv"),
    )


@pytest.mark.parametrize("frequency", ["h", "15min"])
@pytest.mark.parametrize("first", ["2020-03-28", "2020-10-24"])
def test_local_stamps_come_back_to_the_utc_they_were_made_from(first: str, frequency: str) -> None:
    utc = _utc(first, 200, frequency)
    assert np.array_equal(_to_utc(utc_to_local(utc, _BERLIN)), utc)


def test_files_may_run_backwards() -> None:
    utc = _utc("2020-10-24", 60)[::-1]
    assert np.array_equal(_to_utc(utc_to_local(utc, _BERLIN)), utc)


def test_each_series_has_its_own_repeated_hour() -> None:
    utc = np.tile(_utc("2020-10-24", 60), 2)
    assert np.array_equal(_to_utc(utc_to_local(utc, _BERLIN), np.repeat(np.arange(2), 60)), utc)


def test_a_moment_that_does_not_exist_is_named() -> None:
    moments = np.array(["2020-03-29T01:30", "2020-03-29T02:30"], dtype="datetime64[s]")
    with pytest.raises(
        DataError,
        match=r"a.csv, row 2: the moment 2020-03-29T02:30:00 does not exist in Europe/Berlin",
    ):
        _to_utc(moments)


def test_both_changes_of_a_year_are_found_in_local_stamps() -> None:
    local = utc_to_local(_utc("2020-01-01", 8784), _BERLIN)
    assert find_clock_changes(np.sort(local), 3600) == (
        "The hour from 2020-03-29T02:00 is missing, as when clocks are set forward.",
        "The hour from 2020-10-25T02:00 occurs twice, as when clocks are set back.",
    )


def test_quarters_of_an_hour_are_found_as_one_hour() -> None:
    local = np.sort(utc_to_local(_utc("2020-10-24", 200, "15min"), "America/New_York"))
    assert find_clock_changes(local, 900) == ()
    local = np.sort(utc_to_local(_utc("2020-10-31", 200, "15min"), "America/New_York"))
    assert find_clock_changes(local, 900) == (
        "The hour from 2020-11-01T01:00 occurs twice, as when clocks are set back.",
    )


@pytest.mark.parametrize(
    "hour",
    [
        "2020-06-14T02:00",
        "2020-03-30T02:00",
        "2020-03-29T14:00",
        "2020-03-15T02:00",
        "2020-10-25T02:00",
    ],
)
def test_other_missing_hours_are_just_gaps(hour: str) -> None:
    stamps = _utc("2020-01-01", 8784)
    assert find_clock_changes(stamps[stamps != np.datetime64(hour, "s")], 3600) == ()
