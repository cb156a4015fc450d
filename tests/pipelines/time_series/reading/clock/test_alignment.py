from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.series_table import read_series
from shared.errors import DataError


def _read(folder: Path, stamps: pd.DatetimeIndex, **data: object) -> SeriesFile:
    path = folder / "a.csv"
    pd.DataFrame({"date": stamps, "load": np.arange(len(stamps))}).to_csv(path, index=False)
    return read_series(
        path, TimeSeriesConfig.model_validate({"data": {"source": "a.csv", **data}}).data
    )


def _jittered(start: str, *, seconds: int) -> pd.DatetimeIndex:
    generator = np.random.default_rng(0)
    shifts = generator.integers(-seconds, seconds, 200)
    return pd.date_range(start, periods=200, freq="h") + pd.to_timedelta(shifts, unit="s")


def test_jitter_is_refused_with_the_settings_that_move_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="seem to jitter about steps of h") as caught:
        _read(tmp_path, _jittered("2026-01-01", seconds=120))
    assert caught.value.settings == {"data.frequency": "h", "data.align_stamps": "nearest"}


@pytest.mark.parametrize("start", ["2026-01-01 00:00:00", "2026-01-01 00:30:00"])
def test_each_stamp_moves_to_the_nearest_moment_and_the_note_counts_them(
    tmp_path: Path, start: str
) -> None:
    stamps = _jittered(start, seconds=120)
    file = _read(tmp_path, stamps, frequency="h", align_stamps="nearest")
    expected = pd.date_range(start, periods=200, freq="h")
    assert file.series[0].stamps.tolist() == expected.astype("datetime64[s]").to_numpy().tolist()
    num_moved = int((stamps != expected).sum())
    largest = np.abs(stamps - expected).max()
    assert file.notes == (
        f"{num_moved} of 200 stamps were moved onto the clock (data.align_stamps=nearest), by at"
        f" most {largest}.",
    )


def test_stamps_on_the_clock_stay_and_nothing_is_said(tmp_path: Path) -> None:
    clock = pd.date_range("2026-01-01", periods=50, freq="h")
    assert _read(tmp_path, clock, frequency="h", align_stamps="nearest").notes == ()


def test_the_middle_of_months_becomes_their_first_day(tmp_path: Path) -> None:
    middles = pd.date_range("2020-01-01", periods=40, freq="MS") + pd.Timedelta(days=14)
    file = _read(tmp_path, middles, frequency="MS", align_stamps="floor")
    assert {str(stamp)[8:10] for stamp in file.series[0].stamps} == {"01"}
    assert "40 of 40 stamps" in file.notes[0]
    assert "14 days" in file.notes[0]


def test_two_stamps_that_meet_on_one_moment_are_refused_as_any_repeated_stamp(
    tmp_path: Path,
) -> None:
    clock = pd.date_range("2026-01-01", periods=50, freq="h")
    stamps = clock.insert(10, clock[9] + pd.Timedelta(minutes=5))
    with pytest.raises(DataError, match="twice, in rows 10 and 11"):
        _read(tmp_path, stamps, frequency="h", align_stamps="nearest")
    merged = _read(tmp_path, stamps, frequency="h", align_stamps="nearest", duplicates="mean")
    assert merged.series[0].values[9] == 9.5


def test_without_a_clock_nothing_can_be_moved() -> None:
    with pytest.raises(ValidationError, match=r"needs a clock: name data\.frequency"):
        TimeSeriesConfig.model_validate({"data": {"align_stamps": "nearest"}})
