from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError
from tests.pipelines.time_series.tables import long_table, read_written, wide_table


@pytest.mark.parametrize("make", [wide_table, long_table])
def test_a_missing_stamp_is_inserted_as_a_gap(
    tmp_path: Path, make: Callable[[int], pd.DataFrame]
) -> None:
    north = read_written(make(50).drop(index=[20, 21, 30]), tmp_path).series[0]
    assert len(north.stamps) == 50
    assert np.flatnonzero(np.isnan(north.values)).tolist() == [20, 21, 30]
    assert north.facts is not None
    assert (north.facts.num_inserted, north.facts.num_gaps, north.facts.longest_gap_steps) == (
        3,
        2,
        2,
    )


def test_an_irregular_stamp_is_named(tmp_path: Path) -> None:
    table = long_table(50)
    table.loc[20, "ds"] = "2020-01-01 20:17:00"
    problem = read_written(table, tmp_path).problems["north"]
    assert (problem.row, problem.field) == (21, "ds")
    assert (
        "2020-01-01 20:17:00 is not a whole number of steps (3600s) after 2020-01-01 00:00:00"
        in problem.reason
    )


def test_an_irregular_stamp_in_a_wide_table_spoils_all_series_and_is_said_once(
    tmp_path: Path,
) -> None:
    table = wide_table(50)
    table.loc[20, "date"] = "2020-01-01 20:17:00"
    with pytest.raises(
        DataError, match=r"loads.csv, row 21, field 'date': series 'north' has an irregular stamp"
    ):
        read_written(table, tmp_path)


def test_a_stamp_from_another_age_is_no_gap(tmp_path: Path) -> None:
    table = long_table(200)
    table.loc[199, "ds"] = "2220-01-01 00:00:00"
    assert (
        "the largest jump is to 2220-01-01 00:00:00"
        in read_written(table, tmp_path).problems["north"].reason
    )


def test_a_repeated_stamp_is_named_with_both_rows(tmp_path: Path) -> None:
    table = long_table(50)
    table.loc[30, "ds"] = "2020-01-02 05:00:00"  # as in the row before
    problem = read_written(table, tmp_path).problems["north"]
    assert "has the stamp 2020-01-02 05:00:00 twice, in rows 30 and 31" in problem.reason
    assert "Their numbers differ (10.9879 and 10.899 in 'y')" in problem.reason
    assert "duplicates" not in problem.reason


@pytest.mark.parametrize(("rule", "expected"), [("mean", 2.0), ("first", 1.0), ("last", 3.0)])
def test_repeated_stamps_are_merged_as_configured_and_counted(
    tmp_path: Path, rule: str, expected: float
) -> None:
    table = wide_table(50, names=("north",))
    table.loc[10, "north"] = 1.0
    again = table.iloc[[10, 10]].assign(north=[np.nan, 3.0])
    north = read_written(pd.concat([table, again]), tmp_path, f"data.duplicates={rule}").series[0]
    assert north.values[10] == expected
    assert len(north.stamps) == 50
    assert north.facts is not None
    assert north.facts.num_duplicates == 2


def test_local_stamps_that_repeat_an_hour_ask_for_their_zone(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            r"the stamp 2020-10-25 02:00:00 twice, in rows 27 and 28. As when clocks are set back"
            r".*data.timezone=Europe/Berlin"
        ),
    ):
        read_written(_autumn_in_berlin(), tmp_path)


def test_named_zones_put_local_stamps_on_one_clock(tmp_path: Path) -> None:
    north = read_written(_autumn_in_berlin(), tmp_path, "data.timezone=Europe/Berlin").series[0]
    assert np.array_equal(north.values, np.arange(72.0))
    assert (np.diff(north.stamps) == np.timedelta64(3600, "s")).all()
    assert north.timezone == "Europe/Berlin"


def test_a_skipped_hour_is_a_gap_and_reported(tmp_path: Path) -> None:
    table = wide_table(72, names=("north",)).assign(
        date=pd.date_range("2020-03-28", periods=72, freq="h").astype(str)
    )
    found = read_written(table.drop(index=26), tmp_path).series[0].facts
    assert found is not None
    assert found.clock_changes == (
        "The hour from 2020-03-29T02:00 is missing, as when clocks are set forward.",
    )


def test_days_of_a_zone_are_days_on_its_calendar(tmp_path: Path) -> None:
    days = pd.date_range("2020-03-20", periods=60, freq="D", tz="Europe/Berlin")
    table = wide_table(60, names=("north",)).assign(date=[day.isoformat() for day in days])
    found = read_written(table, tmp_path, "data.timezone=Europe/Berlin")
    assert found.frequency.step_seconds == 86_400
    assert str(found.series[0].stamps[59]) == "2020-05-18T00:00:00"
    assert found.series[0].timezone is None


def test_rows_out_of_order_are_sorted_and_counted(tmp_path: Path) -> None:
    table = wide_table(50)
    facts = read_written(table.iloc[[*range(20), 21, 20, *range(22, 50)]], tmp_path).series[0].facts
    assert facts is not None
    assert facts.num_out_of_order == 1


def test_the_configured_frequency_is_enforced(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            r"2020-01-01 01:00:00 is not a whole number of steps \(7h\) after 2020-01-01 00:00:00"
        ),
    ):
        read_written(wide_table(50), tmp_path, "data.frequency=7h")


def _autumn_in_berlin() -> pd.DataFrame:
    """Three days of local hours, counted, while clocks are set back."""
    local = (
        pd.date_range("2020-10-23 22:00", periods=72, freq="h", tz="UTC")
        .tz_convert("Europe/Berlin")
        .tz_localize(None)
    )
    return pd.DataFrame({"date": local.astype(str), "north": np.arange(72.0)})
