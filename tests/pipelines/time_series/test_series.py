from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.series import SeriesFile, read_series
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure, long_table, wide_table, write


def _read(table: pd.DataFrame, folder: Path, *assignments: str, last_steps: int | None = None, suffix: str = ".csv") -> SeriesFile:
    path = write(table, folder / f"loads{suffix}")
    return read_series(path, configure(*assignments, source=path).data, last_steps=last_steps)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_wide_and_long_tables_hold_the_same_series(tmp_path: Path, suffix: str) -> None:
    wide = _read(wide_table(50), tmp_path, suffix=suffix)
    long = _read(long_table(50), tmp_path, suffix=suffix)
    assert [item.name for item in wide.series] == [item.name for item in long.series] == ["north", "south"]
    for one, other in zip(wide.series, long.series, strict=True):
        assert np.array_equal(one.values, other.values)
        assert np.array_equal(one.stamps, other.stamps)
    assert wide.frequency == long.frequency
    assert wide.frequency.step_seconds == 3600


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    shuffled = _read(long_table(50).sample(frac=1.0, random_state=0), tmp_path)
    assert np.array_equal(shuffled.series[0].values, _read(long_table(50), tmp_path).series[0].values)


def test_covariates_and_attributes_travel_with_their_series(tmp_path: Path) -> None:
    table = long_table(50).assign(holiday=np.arange(100) % 2, region=np.repeat(["up", "down"], 50))
    found = _read(table, tmp_path, "data.known_covariates=[holiday]", "data.group_columns=[region]", "data.value_column=y")
    assert found.series[1].covariates[:3, 0].tolist() == [0.0, 1.0, 0.0]
    assert [item.attributes for item in found.series] == [{"region": "up"}, {"region": "down"}]


def test_a_missing_value_is_named_by_file_row_and_field(tmp_path: Path) -> None:
    table = wide_table(50)
    table.loc[11, "south"] = np.nan
    problem = _read(table, tmp_path).problems["south"]
    assert (problem.file, problem.row, problem.field) == (str(tmp_path / "loads.csv"), 12, "south")
    assert "series 'south' at 2020-01-01T11:00:00: expected a finite number, received nothing" in problem.reason


def test_a_text_among_numbers_is_named(tmp_path: Path) -> None:
    table = long_table(50).astype({"y": object})
    table.loc[60, "y"] = "n/a?"
    problem = _read(table, tmp_path).problems["south"]
    assert (problem.row, problem.field) == (61, "y")
    assert "received 'n/a?'" in problem.reason


def test_a_number_too_large_for_its_type_is_named(tmp_path: Path) -> None:
    table = wide_table(50)
    table.loc[3, "north"] = 1e39
    assert _read(table, tmp_path).problems["north"].row == 4


def test_a_gap_in_a_long_table_is_named(tmp_path: Path) -> None:
    problem = _read(long_table(50).drop(index=20), tmp_path).problems["north"]
    assert (problem.row, problem.field) == (21, "ds")
    assert "expected 2020-01-01T20:00:00 (steps of 3600s), received 2020-01-01T21:00:00" in problem.reason


def test_a_gap_in_a_wide_table_spoils_all_series_and_is_said_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"loads.csv, row 21, field 'date': series 'north' has a gap or an irregular step"):
        _read(wide_table(50).drop(index=20), tmp_path)


def test_a_repeated_stamp_is_named_with_both_rows(tmp_path: Path) -> None:
    table = long_table(50)
    table.loc[30, "ds"] = "2020-01-02 05:00:00"  # as in the row before
    problem = _read(table, tmp_path).problems["north"]
    assert "has the stamp 2020-01-02T05:00:00 twice, in rows 30 and 31" in problem.reason


def test_a_missing_covariate_is_named(tmp_path: Path) -> None:
    table = wide_table(50).assign(holiday=1.0)
    table.loc[5, "holiday"] = np.nan
    with pytest.raises(DataError, match=r"row 6, field 'holiday'.*expected a finite number"):
        _read(table, tmp_path, "data.known_covariates=[holiday]")


def test_a_row_without_a_series_name_is_refused(tmp_path: Path) -> None:
    table = long_table(50)
    table.loc[70, "unique_id"] = None
    with pytest.raises(DataError, match="row 71, column 'unique_id': the name of the series is missing"):
        _read(table, tmp_path)


def test_a_group_attribute_that_changes_is_refused(tmp_path: Path) -> None:
    table = long_table(50).assign(region=["up", "down"] * 50)
    with pytest.raises(DataError, match=r"column 'region': series 'north' has both 'up' and 'down'"):
        _read(table, tmp_path, "data.group_columns=[region]", "data.series_column=unique_id")


def test_the_configured_frequency_is_enforced(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected 2020-01-01T00:30:00 \(steps of 30min\), received 2020-01-01T01:00:00"):
        _read(wide_table(50), tmp_path, "data.frequency=30min")


def test_only_the_last_steps_and_what_follows_them_are_looked_at(tmp_path: Path) -> None:
    table = wide_table(60).assign(holiday=0.0)
    table.loc[3, "north"] = np.nan  # long ago
    table.loc[50:, ["north", "south"]] = np.nan  # to be forecast
    table.loc[45, "south"] = np.nan
    found = _read(table, tmp_path, "data.known_covariates=[holiday]", last_steps=20)
    assert [(item.name, item.num_observed, len(item.stamps)) for item in found.series] == [("north", 20, 30)]
    assert found.problems["south"].row == 46


def test_a_series_without_any_value_is_named(tmp_path: Path) -> None:
    table = wide_table(50).assign(south=np.nan)
    assert "series 'south' has no value" in _read(table, tmp_path, last_steps=20).problems["south"].reason
