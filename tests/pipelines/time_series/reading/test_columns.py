from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipelines.time_series.reading.columns import Columns, find_columns
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure, long_table, wide_table

_PATH = Path("loads.csv")


def _find(table: pd.DataFrame, *assignments: str) -> Columns:
    return find_columns(table, configure(*assignments, source=_PATH).data, _PATH)


def test_a_wide_table_is_recognised() -> None:
    assert _find(wide_table(4)) == Columns("date", None, ("north", "south"), (), (), ())


def test_a_long_table_is_recognised() -> None:
    assert _find(long_table(4)) == Columns("ds", "unique_id", ("y",), (), (), ())


def test_a_long_table_with_names_of_its_own_is_recognised_by_its_one_text_column() -> None:
    table = long_table(4).rename(columns={"unique_id": "meter", "ds": "Timestamp", "y": "kWh"})
    assert _find(table) == Columns("Timestamp", "meter", ("kWh",), (), (), ())


def test_a_long_table_of_one_series_is_recognised_by_its_column_of_names() -> None:
    assert _find(long_table(4).iloc[:4]).series == "unique_id"


def test_a_column_that_is_mostly_empty_is_still_one_of_numbers() -> None:
    table = wide_table(8).assign(east=pd.Series([None] * 6 + [1.0, "broken"], dtype=object))
    assert _find(table).values == ("north", "south", "east")


def test_named_columns_win() -> None:
    table = wide_table(4).assign(other=1.0)
    assert _find(table, "data.value_columns=[other]", "data.known_covariates=[south]") == Columns(
        "date", None, ("other",), (), ("south",), (), leftover=("north",)
    )


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(
        DataError,
        match=(
            r"loads.csv: there is no column 'east'. Columns: date, north, south.*data.value_columns"
        ),
    ):
        _find(wide_table(4), "data.value_columns=[east]")
    with pytest.raises(DataError, match=r"no column 'temperature'.*data.known_covariates"):
        _find(wide_table(4), "data.known_covariates=[temperature]")


def test_a_column_of_texts_can_not_be_forecast() -> None:
    with pytest.raises(
        DataError, match="column 'note': expected numbers, received for example 'x'"
    ):
        _find(wide_table(4).assign(note="x"))


def test_two_candidates_for_the_value_are_refused() -> None:
    table = long_table(4).rename(columns={"y": "load"}).assign(price=1.0)
    with pytest.raises(
        DataError, match=r"can't be told which column holds the values. Columns left: load, price"
    ):
        _find(table)
    assert _find(table, "data.value_column=load").values == ("load",)


def test_a_long_table_needs_a_column_of_names() -> None:
    table = long_table(4).drop(columns="unique_id")
    with pytest.raises(DataError, match="no column names the series"):
        _find(table, "data.layout=long")


def test_group_columns_need_a_long_table() -> None:
    with pytest.raises(DataError, match=r"data.group_columns needs a long table"):
        _find(wide_table(4).assign(region="x"), "data.group_columns=[region]")


def test_time_alone_is_nothing_to_forecast() -> None:
    with pytest.raises(DataError, match="there is no column to forecast"):
        _find(wide_table(4)[["date"]])


def test_moments_are_no_numbers() -> None:
    with pytest.raises(
        DataError,
        match="column 'seen': expected numbers, received for example '2020-01-01 00:00:00'",
    ):
        _find(wide_table(4).assign(seen=pd.Timestamp("2020-01-01")))
