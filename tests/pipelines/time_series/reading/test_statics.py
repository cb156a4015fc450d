from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.data import load
from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.series_table import read_series
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure, long_table, wide_table, write

_STATIC = ("data.static_covariates=[area]", "data.static_categories=[region]")


def _read(table: pd.DataFrame, folder: Path, *assignments: str) -> SeriesFile:
    path = write(table, folder / "loads.csv")
    return read_series(path, configure(*_STATIC, *assignments, source=path).data)


def _own_table(folder: Path, **columns: list[object]) -> str:
    table = pd.DataFrame(
        {"unique_id": ["south", "north"], "area": [20.0, 10.0], "region": ["down", None], **columns}
    )
    return f"data.static_table={write(table, folder / 'sites.csv')}"


def test_columns_of_a_long_table_may_be_static(tmp_path: Path) -> None:
    table = long_table(50).assign(
        area=np.repeat([10.0, 20.0], 50), region=np.repeat(["up", "down"], 50)
    )
    found = [item.statics for item in _read(table, tmp_path).series]
    assert [(float(item.numbers[0]), item.texts) for item in found] == [
        (10.0, ("up",)),
        (20.0, ("down",)),
    ]


@pytest.mark.parametrize("table", [wide_table(50), long_table(50)])
def test_a_table_of_their_own_serves_both_layouts(tmp_path: Path, table: pd.DataFrame) -> None:
    found = [item.statics for item in _read(table, tmp_path, _own_table(tmp_path)).series]
    assert [(float(item.numbers[0]), item.texts) for item in found] == [
        (10.0, ("",)),
        (20.0, ("down",)),
    ]


def test_a_changed_static_table_is_a_changed_source(tmp_path: Path) -> None:
    path = write(wide_table(400), tmp_path / "loads.csv")

    def checksum(area: float) -> str:
        return load(
            configure(*_STATIC, _own_table(tmp_path, area=[20.0, area]), source=path)
        ).provenance.checksum

    assert checksum(10.0) != checksum(11.0)


def test_a_series_without_a_row_is_named(tmp_path: Path) -> None:
    table = long_table(50, ("north", "south", "west"))
    problem = _read(table, tmp_path, _own_table(tmp_path)).problems["west"]
    assert "the table of static covariates has no row for this series" in problem.reason


def test_a_series_in_two_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"sites.csv, row 2, column 'unique_id': the id 'south' appears twice"
    ):
        _read(wide_table(50), tmp_path, _own_table(tmp_path, unique_id=["south", "south"]))


def test_a_wide_table_has_no_place_for_them(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"no place for static covariates \(area, region\).*data.static_table"
    ):
        _read(wide_table(50).assign(area=1.0, region="up"), tmp_path)


def test_what_changes_is_not_static(tmp_path: Path) -> None:
    table = long_table(50).assign(area=np.arange(100.0), region="up")
    problem = _read(table, tmp_path, "data.value_column=y").problems["north"]
    assert (
        "series 'north' has both '0.0' and '1.0', but a static covariate must be one for the whole"
        " series" in problem.reason
    )


def test_a_text_is_no_static_number(tmp_path: Path) -> None:
    problem = _read(wide_table(50), tmp_path, _own_table(tmp_path, area=["large", "10"])).problems[
        "south"
    ]
    assert (
        "expected a finite number, received 'large'. Categories go under data.static_categories"
        in problem.reason
    )
