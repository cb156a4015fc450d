"""Steps of calendars, also with gaps, and what a refused stamp is advised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pipelines.time_series.reading.frequency import find_frequency
from pipelines.time_series.reading.series_table import read_series
from pipelines.time_series.reading.windows.examples import make_ids
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure


def _clock(alias: str, *, is_whole: bool) -> NDArray[np.datetime64]:
    stamps = pd.date_range("1998-01-01", periods=40, freq=alias).to_numpy().astype("datetime64[s]")
    return stamps if is_whole else np.delete(stamps, [7, 22])


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize(
    "alias",
    [
        *("B", "MS", "ME", "BMS", "BME", "QS-JAN", "QS-FEB", "QS-MAR", "QE-DEC", "QE-JAN"),
        *("BQE-FEB", "YS-JAN", "YS-JUL", "YE-JUN", "W-MON", "W-SUN"),
    ],
)
def test_calendars_are_told_with_and_without_gaps(alias: str, is_whole: bool) -> None:
    clock = _clock(alias, is_whole=is_whole)
    found = find_frequency([clock], "auto", "file.csv")

    whole = _clock(alias, is_whole=True)
    assert found.between(whole[0], whole[-1]).tolist() == whole.tolist()


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_middle_of_months_is_refused_with_the_settings_that_read_it(is_whole: bool) -> None:
    clock = (_clock("MS", is_whole=is_whole) + np.timedelta64(14, "D")).astype("datetime64[s]")
    with pytest.raises(DataError, match=r"one stamp in each month") as caught:
        find_frequency([clock], "auto", "file.csv")
    assert caught.value.settings == {"data.frequency": "MS", "data.align_stamps": "floor"}


def _why(stamps: pd.Index, tmp_path: Path, *assignments: str) -> str:
    path = tmp_path / "loads.csv"
    pd.DataFrame({"date": stamps, "load": range(len(stamps))}).to_csv(path, index=False)
    with pytest.raises(DataError) as caught:
        read_series(path, configure(*assignments, source=path).data)
    return str(caught.value)


def test_weeks_of_another_day_are_advised_by_name(tmp_path: Path) -> None:
    mondays = pd.date_range("2018-01-01", periods=20, freq="7D").strftime("%Y-%m-%d")
    reason = _why(mondays, tmp_path, "data.frequency=W")
    assert reason.endswith("--set data.frequency=W-MON")


@pytest.mark.parametrize("alias", ["D", "MS"])
def test_days_with_offsets_are_advised_their_zone(tmp_path: Path, alias: str) -> None:
    days = pd.date_range("2020-01-01", periods=120, freq=alias, tz="Europe/Berlin")
    texts = pd.Index([day.isoformat() for day in days])
    assert "--set data.timezone=Europe/Berlin" in _why(texts, tmp_path)


def test_messages_show_the_stamps_of_the_file(tmp_path: Path) -> None:
    hours = pd.date_range("2020-06-01", periods=90, freq="h").strftime("%Y-%m-%d %H:%M").tolist()
    hours[7] = "2020-06-01 07:20"
    reason = _why(pd.Index(hours), tmp_path, "data.timezone=Europe/Berlin")
    assert "2020-06-01 07:20 is not a whole number of steps" in reason


@pytest.mark.parametrize("hours", [2, 6, 12])
@pytest.mark.parametrize("have_zone", [True, False])
def test_steps_of_hours_on_local_clocks_are_regular_over_a_change(
    tmp_path: Path, hours: int, have_zone: bool
) -> None:
    local = pd.date_range("2020-03-20 04:00", periods=20 * 24 // hours, freq=f"{hours}h")
    local = local[local != pd.Timestamp("2020-03-29 02:00")]  # which no clock showed
    zoned = local.tz_localize("Europe/Berlin")
    texts = [item.isoformat() if have_zone else str(item.tz_localize(None)) for item in zoned]
    path = tmp_path / "loads.csv"
    pd.DataFrame({"date": texts, "load": range(len(texts))}).to_csv(path, index=False)

    data = configure("data.timezone=Europe/Berlin", source=path).data
    (series,) = read_series(path, data).series

    assert np.isin(local.to_numpy().astype("datetime64[s]"), series.stamps).all()


def test_ids_of_moments_with_a_zone_say_it() -> None:
    starts = np.array(["2020-10-24T22:00", "2020-10-25T01:00"], dtype="datetime64[s]")
    names = np.array(["y", "y"])
    assert make_ids(names, starts, "Europe/Berlin").tolist() == [
        "y@2020-10-25T00:00+02:00",
        "y@2020-10-25T02:00+01:00",
    ]
    assert make_ids(names, starts, "UTC")[0] == "y@2020-10-24T22:00+00:00"
    assert make_ids(names, starts, "America/Sao_Paulo")[0] == "y@2020-10-24T19:00-03:00"
    assert make_ids(names, starts)[0] == "y@2020-10-24T22:00"
