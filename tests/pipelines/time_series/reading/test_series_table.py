from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.series_table import read_series
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure, long_table, wide_table, write


def _read(
    table: pd.DataFrame,
    folder: Path,
    *assignments: str,
    last_steps: int | None = None,
    suffix: str = ".csv",
) -> SeriesFile:
    path = write(table, folder / f"loads{suffix}")
    return read_series(path, configure(*assignments, source=path).data, last_steps=last_steps)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_wide_and_long_tables_hold_the_same_series(tmp_path: Path, suffix: str) -> None:
    wide = _read(wide_table(50), tmp_path, suffix=suffix)
    long = _read(long_table(50), tmp_path, suffix=suffix)
    assert (
        [item.name for item in wide.series]
        == [item.name for item in long.series]
        == ["north", "south"]
    )
    for one, other in zip(wide.series, long.series, strict=True):
        assert np.array_equal(one.values, other.values)
        assert np.array_equal(one.stamps, other.stamps)
    assert wide.frequency == long.frequency
    assert wide.frequency.step_seconds == 3600


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    shuffled = _read(long_table(50).sample(frac=1.0, random_state=0), tmp_path)
    assert np.array_equal(
        shuffled.series[0].values, _read(long_table(50), tmp_path).series[0].values
    )


def test_covariates_and_attributes_travel_with_their_series(tmp_path: Path) -> None:
    table = long_table(50).assign(holiday=np.arange(100) % 2, region=np.repeat(["up", "down"], 50))
    found = _read(
        table,
        tmp_path,
        "data.known_covariates=[holiday]",
        "data.group_columns=[region]",
        "data.value_column=y",
    )
    assert found.series[1].known[:3, 0].tolist() == [0.0, 1.0, 0.0]
    assert [item.attributes for item in found.series] == [{"region": "up"}, {"region": "down"}]


def test_a_missing_value_is_a_gap(tmp_path: Path) -> None:
    table = wide_table(50)
    table.loc[11, "south"] = np.nan
    north, south = _read(table, tmp_path).series
    assert np.flatnonzero(np.isnan(south.values)).tolist() == [11]
    assert np.isfinite(north.values).all()
    assert south.facts is not None
    assert (
        south.facts.num_steps,
        south.facts.num_observed,
        south.facts.num_gaps,
        south.facts.num_inserted,
    ) == (50, 49, 1, 0)


def test_a_text_among_numbers_is_named(tmp_path: Path) -> None:
    table = long_table(50).astype({"y": object})
    table.loc[60, "y"] = "n/a?"
    problem = _read(table, tmp_path).problems["south"]
    assert (problem.row, problem.field) == (61, "y")
    assert "received 'n/a?'" in problem.reason


def test_a_decimal_comma_is_named_as_one(tmp_path: Path) -> None:
    table = long_table(50).astype({"y": object})
    table.loc[60, "y"] = "1,5"
    assert (
        "received '1,5'. It holds a decimal comma: write 1,5 as 1.5"
        in _read(table, tmp_path).problems["south"].reason
    )


def test_a_moment_is_no_covariate(tmp_path: Path) -> None:
    table = wide_table(50).assign(seen=pd.Timestamp("2020-01-01"))
    with pytest.raises(
        DataError,
        match=r"row 1, field 'seen': .*expected a finite number, received '2020-01-01 00:00:00'",
    ):
        _read(table, tmp_path, "data.past_covariates=[seen]", suffix=".parquet")


def test_a_number_too_large_for_its_type_is_named(tmp_path: Path) -> None:
    table = wide_table(50)
    table.loc[3, "north"] = 1e39
    assert _read(table, tmp_path).problems["north"].row == 4


@pytest.mark.parametrize("make", [wide_table, long_table])
def test_a_missing_stamp_is_inserted_as_a_gap(
    tmp_path: Path, make: Callable[[int], pd.DataFrame]
) -> None:
    north = _read(make(50).drop(index=[20, 21, 30]), tmp_path).series[0]
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
    problem = _read(table, tmp_path).problems["north"]
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
        _read(table, tmp_path)


def test_a_stamp_from_another_age_is_no_gap(tmp_path: Path) -> None:
    table = long_table(200)
    table.loc[199, "ds"] = "2220-01-01 00:00:00"
    assert (
        "the largest jump is to 2220-01-01 00:00:00"
        in _read(table, tmp_path).problems["north"].reason
    )


def test_a_repeated_stamp_is_named_with_both_rows(tmp_path: Path) -> None:
    table = long_table(50)
    table.loc[30, "ds"] = "2020-01-02 05:00:00"  # as in the row before
    problem = _read(table, tmp_path).problems["north"]
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
    north = _read(pd.concat([table, again]), tmp_path, f"data.duplicates={rule}").series[0]
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
        _read(_autumn_in_berlin(), tmp_path)


def test_named_zones_put_local_stamps_on_one_clock(tmp_path: Path) -> None:
    north = _read(_autumn_in_berlin(), tmp_path, "data.timezone=Europe/Berlin").series[0]
    assert np.array_equal(north.values, np.arange(72.0))
    assert (np.diff(north.stamps) == np.timedelta64(3600, "s")).all()
    assert north.timezone == "Europe/Berlin"


def test_a_skipped_hour_is_a_gap_and_reported(tmp_path: Path) -> None:
    table = wide_table(72, names=("north",)).assign(
        date=pd.date_range("2020-03-28", periods=72, freq="h").astype(str)
    )
    found = _read(table.drop(index=26), tmp_path).series[0].facts
    assert found is not None
    assert found.clock_changes == (
        "The hour from 2020-03-29T02:00 is missing, as when clocks are set forward.",
    )


def test_days_of_a_zone_are_days_on_its_calendar(tmp_path: Path) -> None:
    days = pd.date_range("2020-03-20", periods=60, freq="D", tz="Europe/Berlin")
    table = wide_table(60, names=("north",)).assign(date=[day.isoformat() for day in days])
    found = _read(table, tmp_path, "data.timezone=Europe/Berlin")
    assert found.frequency.step_seconds == 86_400
    assert str(found.series[0].stamps[59]) == "2020-05-18T00:00:00"
    assert found.series[0].timezone is None


def test_rows_out_of_order_are_sorted_and_counted(tmp_path: Path) -> None:
    table = wide_table(50)
    facts = _read(table.iloc[[*range(20), 21, 20, *range(22, 50)]], tmp_path).series[0].facts
    assert facts is not None
    assert facts.num_out_of_order == 1


def test_a_wide_column_that_begins_late_is_a_series_that_begins_late(tmp_path: Path) -> None:
    table = wide_table(50)
    table.loc[:9, "south"] = np.nan
    south = _read(table, tmp_path).series[1]
    assert str(south.stamps[0]) == "2020-01-01T10:00:00"
    assert len(south.stamps) == 40


def test_a_missing_known_covariate_is_named(tmp_path: Path) -> None:
    table = wide_table(50).assign(holiday=1.0)
    table.loc[5, "holiday"] = np.nan
    with pytest.raises(
        DataError,
        match=(
            r"row 6, field 'holiday'.* must be there in every row, received"
            r" nothing.*data.past_covariates"
        ),
    ):
        _read(table, tmp_path, "data.known_covariates=[holiday]")


def test_a_missing_past_covariate_is_a_gap(tmp_path: Path) -> None:
    table = wide_table(50).assign(wind=1.0)
    table.loc[5, "wind"] = np.nan
    assert np.flatnonzero(
        np.isnan(_read(table, tmp_path, "data.past_covariates=[wind]").series[0].past)
    ).tolist() == [5]


def test_a_row_without_a_series_name_is_refused(tmp_path: Path) -> None:
    table = long_table(50)
    table.loc[70, "unique_id"] = None
    with pytest.raises(
        DataError, match="row 71, column 'unique_id': the name of the series is missing"
    ):
        _read(table, tmp_path)


def test_a_group_attribute_that_changes_is_refused(tmp_path: Path) -> None:
    table = long_table(50).assign(region=["up", "down"] * 50)
    with pytest.raises(
        DataError, match=r"column 'region': series 'north' has both 'up' and 'down'"
    ):
        _read(table, tmp_path, "data.group_columns=[region]", "data.series_column=unique_id")


def test_the_configured_frequency_is_enforced(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            r"2020-01-01 01:00:00 is not a whole number of steps \(7h\) after 2020-01-01 00:00:00"
        ),
    ):
        _read(wide_table(50), tmp_path, "data.frequency=7h")


def test_only_the_last_steps_and_what_follows_them_are_looked_at(tmp_path: Path) -> None:
    table = wide_table(60).assign(holiday=0.0)
    table.loc[3, "date"] = "2020-01-01 03:11:00"  # long ago
    table.loc[50:, ["north", "south"]] = np.nan  # to be forecast
    table.loc[45, "south"] = np.nan
    north, south = _read(table, tmp_path, "data.known_covariates=[holiday]", last_steps=20).series
    assert [(item.num_past_steps, len(item.stamps)) for item in (north, south)] == [
        (20, 30),
        (20, 30),
    ]
    assert np.flatnonzero(np.isnan(south.values)).tolist() == [15, *range(20, 30)]


def test_a_series_without_any_value_is_named(tmp_path: Path) -> None:
    table = wide_table(50).assign(south=np.nan)
    assert (
        "series 'south' has no value"
        in _read(table, tmp_path, last_steps=20).problems["south"].reason
    )


def _autumn_in_berlin() -> pd.DataFrame:
    """Three days of local hours, counted, while clocks are set back."""
    local = (
        pd.date_range("2020-10-23 22:00", periods=72, freq="h", tz="UTC")
        .tz_convert("Europe/Berlin")
        .tz_localize(None)
    )
    return pd.DataFrame({"date": local.astype(str), "north": np.arange(72.0)})


def _names_changed(change: Callable[[str, int], str]) -> pd.DataFrame:
    table = long_table(50)
    names = [change(str(name), row) for row, name in enumerate(table["unique_id"])]
    return table.assign(unique_id=names)


def test_blanks_that_nobody_sees_make_no_second_series(tmp_path: Path) -> None:
    blanks = ["", " ", "\u00a0", "\u200b"]
    table = _names_changed(lambda name, row: f"{name}{blanks[row % 4]}")
    assert [item.name for item in _read(table, tmp_path).series] == ["north", "south"]


def test_series_that_differ_only_in_spelling_are_asked_about_in_training(tmp_path: Path) -> None:
    table = _names_changed(lambda name, row: name.upper() if row % 2 else name)
    with pytest.raises(DataError, match=r"'NORTH' \(25\) and 'north' \(25\).*entity_spellings"):
        _read(table, tmp_path)
    merged = _read(table, tmp_path, "data.entity_spellings=merge").series
    assert [item.name for item in merged] == ["NORTH", "SOUTH"]
    assert (
        len(_read(table, tmp_path, last_steps=10).series)
        + len(_read(table, tmp_path, last_steps=10).problems)
        == 4
    )


def test_series_007_is_not_series_7(tmp_path: Path) -> None:
    table = _names_changed(lambda name, row: "007" if name == "north" else "7")
    assert [item.name for item in _read(table, tmp_path).series] == ["007", "7"]


def test_a_series_whose_name_cannot_be_shown_is_named_with_its_row(tmp_path: Path) -> None:
    table = _names_changed(lambda name, row: "\x1b[31m" if row == 3 else name)
    with pytest.raises(DataError, match=r"row 4, field 'unique_id'.*'\\x1b\[31m'"):
        _read(table, tmp_path)
