from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.time_series.reading.inputs import read_inputs
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure, long_table, wide_table, write


def test_the_forecast_starts_after_the_last_value(tmp_path: Path) -> None:
    table = wide_table(100)
    path = write(table, tmp_path / "new.csv")
    inputs = read_inputs(configure(source=path), path)
    assert inputs.ids.tolist() == ["north@2020-01-05T04:00", "south@2020-01-05T04:00"]
    assert not inputs.problems
    rows = inputs.rows(np.array([1]))
    assert np.array_equal(rows["window"][0, :, 0], table["south"].to_numpy(dtype=np.float64)[-48:])
    assert rows["future"].shape == (1, 6, 4)
    assert rows["future"][0, 0, 0] == pytest.approx(np.sin(2 * np.pi * 4 / 24), abs=1e-6)


def test_known_covariates_are_read_from_the_rows_after_the_last_value(tmp_path: Path) -> None:
    table = wide_table(100).assign(step=np.arange(100.0))
    table.loc[90:, ["north", "south"]] = np.nan
    path = write(table, tmp_path / "new.csv")
    inputs = read_inputs(configure("data.known_covariates=[step]", source=path), path)
    assert inputs.ids[0] == "north@2020-01-04T18:00"
    assert inputs.rows(np.array([0]))["future"][0, :, 0].tolist() == [
        90.0,
        91.0,
        92.0,
        93.0,
        94.0,
        95.0,
    ]


def test_covariates_that_end_too_early_are_a_problem_of_the_series(tmp_path: Path) -> None:
    table = wide_table(100).assign(step=1.0)
    table.loc[97:, ["north", "south"]] = np.nan
    path = write(table, tmp_path / "new.csv")
    inputs = read_inputs(configure("data.known_covariates=[step]", source=path), path)
    assert inputs.ids.tolist() == ["north", "south"]
    assert (
        "needs its known covariates for 6 steps after its last value (2020-01-05T00:00)"
        in inputs.problems["north"]
    )
    assert (
        "missing: step at 2020-01-05T04:00, step at 2020-01-05T05:00, step at"
        " 2020-01-05T06:00." in inputs.problems["north"]
    )


def test_short_and_broken_series_are_named_and_the_others_are_scored(tmp_path: Path) -> None:
    table = long_table(100, names=("a", "b", "c"))
    table = table.astype({"y": object})
    table.loc[280, "y"] = "broken"
    table = table[(table["unique_id"] != "b") | (table.groupby("unique_id").cumcount() < 20)]
    path = write(table, tmp_path / "new.csv")
    inputs = read_inputs(configure(source=path), path)
    assert inputs.ids.tolist() == ["a@2020-01-05T04:00", "c", "b"]
    assert (
        "series 'b' has 20 values in the last 48 steps that the model looks at; at least 50% are"
        " needed" in inputs.problems["b"]
    )
    assert "expected a finite number, received 'broken'" in inputs.problems["c"]


def test_gaps_in_the_history_are_not_observed(tmp_path: Path) -> None:
    path = write(wide_table(100).drop(index=[90, 91]), tmp_path / "new.csv")
    inputs = read_inputs(configure(source=path), path)
    assert not inputs.problems
    assert np.flatnonzero(np.isnan(inputs.rows(np.array([0]))["window"][0, :, 0])).tolist() == [
        38,
        39,
    ]


def test_a_history_that_begins_late_is_not_observed_before(tmp_path: Path) -> None:
    path = write(wide_table(30), tmp_path / "new.csv")
    inputs = read_inputs(configure(source=path), path)
    assert inputs.ids[0] == "north@2020-01-02T06:00"
    assert np.flatnonzero(np.isnan(inputs.rows(np.array([0]))["window"][0, :, 0])).tolist() == list(
        range(18)
    )


def test_group_columns_are_not_needed_to_score(tmp_path: Path) -> None:
    path = write(long_table(100), tmp_path / "new.csv")
    assert not read_inputs(configure("data.group_columns=[region]", source=path), path).problems


def test_a_folder_is_read_file_by_file_and_an_unreadable_one_is_named(tmp_path: Path) -> None:
    write(wide_table(100, names=("x",)), tmp_path / "one.csv")
    write(wide_table(100, names=("x",)), tmp_path / "two.csv.gz")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "notes.md").write_text("not a table")
    inputs = read_inputs(configure(source=tmp_path), tmp_path)
    assert inputs.ids.tolist() == [
        "one.csv/x@2020-01-05T04:00",
        "two.csv.gz/x@2020-01-05T04:00",
        "empty.csv",
    ]
    assert "the file is empty" in inputs.problems["empty.csv"]


def test_nothing_readable_gives_no_rows(tmp_path: Path) -> None:
    path = write(wide_table(10), tmp_path / "new.csv")
    inputs = read_inputs(configure(source=path), path)
    assert set(inputs.problems) == {"north", "south"}
    assert inputs.rows(np.empty(0, np.int64))["window"].shape == (0, 48, 1)


def test_a_missing_path_and_a_folder_without_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_inputs(configure(source=tmp_path), tmp_path / "nothing.csv")
    with pytest.raises(DataError, match="the folder holds no table"):
        read_inputs(configure(source=tmp_path), tmp_path)
