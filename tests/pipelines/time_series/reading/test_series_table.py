from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError
from tests.pipelines.time_series.tables import long_table, read_written, wide_table


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_wide_and_long_tables_hold_the_same_series(tmp_path: Path, suffix: str) -> None:
    wide = read_written(wide_table(50), tmp_path, suffix=suffix)
    long = read_written(long_table(50), tmp_path, suffix=suffix)
    assert (
        [item.name for item in wide.series]
        == [item.name for item in long.series]
        == ["north", "south"]
    )
    for one, other in zip(wide.series, long.series, strict=True):
        assert np.array_equal(one.values, other.values)
        assert np.array_equal(one.stamps, other.stamps)
        assert one.stamps is long.series[0].stamps  # one clock, held once
    assert wide.frequency == long.frequency
    assert wide.frequency.step_seconds == 3600


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    shuffled = read_written(long_table(50).sample(frac=1.0, random_state=0), tmp_path)
    assert np.array_equal(
        shuffled.series[0].values, read_written(long_table(50), tmp_path).series[0].values
    )


def test_covariates_and_attributes_travel_with_their_series(tmp_path: Path) -> None:
    table = long_table(50).assign(holiday=np.arange(100) % 2, region=np.repeat(["up", "down"], 50))
    found = read_written(
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
    north, south = read_written(table, tmp_path).series
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
    problem = read_written(table, tmp_path).problems["south"]
    assert (problem.row, problem.field) == (61, "y")
    assert "received 'n/a?'" in problem.reason


def test_a_decimal_comma_is_named_as_one(tmp_path: Path) -> None:
    table = long_table(50).astype({"y": object})
    table.loc[60, "y"] = "1,5"
    assert (
        "received '1,5'. It holds a decimal comma: write 1,5 as 1.5"
        in read_written(table, tmp_path).problems["south"].reason
    )


def test_a_moment_is_no_covariate(tmp_path: Path) -> None:
    table = wide_table(50).assign(seen=pd.Timestamp("2020-01-01"))
    with pytest.raises(
        DataError,
        match=r"row 1, field 'seen': .*expected a finite number, received '2020-01-01 00:00:00'",
    ):
        read_written(table, tmp_path, "data.past_covariates=[seen]", suffix=".parquet")


def test_a_number_too_large_for_its_type_is_named(tmp_path: Path) -> None:
    table = wide_table(50)
    table.loc[3, "north"] = 1e39
    assert read_written(table, tmp_path).problems["north"].row == 4


def test_a_wide_column_that_begins_late_is_a_series_that_begins_late(tmp_path: Path) -> None:
    table = wide_table(50)
    table.loc[:9, "south"] = np.nan
    south = read_written(table, tmp_path).series[1]
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
        read_written(table, tmp_path, "data.known_covariates=[holiday]")


def test_a_missing_past_covariate_is_a_gap(tmp_path: Path) -> None:
    table = wide_table(50).assign(wind=1.0)
    table.loc[5, "wind"] = np.nan
    assert np.flatnonzero(
        np.isnan(read_written(table, tmp_path, "data.past_covariates=[wind]").series[0].past)
    ).tolist() == [5]


def test_a_row_without_a_series_name_is_refused(tmp_path: Path) -> None:
    table = long_table(50)
    table.loc[70, "unique_id"] = None
    with pytest.raises(
        DataError, match="row 71, column 'unique_id': the name of the series is missing"
    ):
        read_written(table, tmp_path)


def test_a_group_attribute_that_changes_is_refused(tmp_path: Path) -> None:
    table = long_table(50).assign(region=["up", "down"] * 50)
    with pytest.raises(
        DataError, match=r"column 'region': series 'north' has both 'up' and 'down'"
    ):
        read_written(table, tmp_path, "data.group_columns=[region]", "data.series_column=unique_id")


def test_only_the_last_steps_and_what_follows_them_are_looked_at(tmp_path: Path) -> None:
    table = wide_table(60).assign(holiday=0.0)
    table.loc[3, "date"] = "2020-01-01 03:11:00"  # long ago
    table.loc[50:, ["north", "south"]] = np.nan  # to be forecast
    table.loc[45, "south"] = np.nan
    north, south = read_written(
        table, tmp_path, "data.known_covariates=[holiday]", last_steps=20
    ).series
    assert [(item.num_past_steps, len(item.stamps)) for item in (north, south)] == [
        (20, 30),
        (20, 30),
    ]
    assert np.flatnonzero(np.isnan(south.values)).tolist() == [15, *range(20, 30)]


def test_a_series_without_any_value_is_named(tmp_path: Path) -> None:
    table = wide_table(50).assign(south=np.nan)
    assert (
        "series 'south' has no value"
        in read_written(table, tmp_path, last_steps=20).problems["south"].reason
    )


def _names_changed(change: Callable[[str, int], str]) -> pd.DataFrame:
    table = long_table(50)
    names = [change(str(name), row) for row, name in enumerate(table["unique_id"])]
    return table.assign(unique_id=names)


def test_blanks_that_nobody_sees_make_no_second_series(tmp_path: Path) -> None:
    blanks = ["", " ", "\u00a0", "\u200b"]
    table = _names_changed(lambda name, row: f"{name}{blanks[row % 4]}")
    assert [item.name for item in read_written(table, tmp_path).series] == ["north", "south"]


def test_series_that_differ_only_in_spelling_are_asked_about_in_training(tmp_path: Path) -> None:
    table = _names_changed(lambda name, row: name.upper() if row % 2 else name)
    with pytest.raises(DataError, match=r"'NORTH' \(25\) and 'north' \(25\).*entity_spellings"):
        read_written(table, tmp_path)
    merged = read_written(table, tmp_path, "data.entity_spellings=merge").series
    assert [item.name for item in merged] == ["NORTH", "SOUTH"]
    assert (
        len(read_written(table, tmp_path, last_steps=10).series)
        + len(read_written(table, tmp_path, last_steps=10).problems)
        == 4
    )


def test_series_007_is_not_series_7(tmp_path: Path) -> None:
    table = _names_changed(lambda name, row: "007" if name == "north" else "7")
    assert [item.name for item in read_written(table, tmp_path).series] == ["007", "7"]


def test_a_series_whose_name_cannot_be_shown_is_named_with_its_row(tmp_path: Path) -> None:
    table = _names_changed(lambda name, row: "\x1b[31m" if row == 3 else name)
    with pytest.raises(DataError, match=r"row 4, field 'unique_id'.*'\\x1b\[31m'"):
        read_written(table, tmp_path)
