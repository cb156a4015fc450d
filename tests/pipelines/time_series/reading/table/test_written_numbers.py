from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipelines.time_series.config import TimeSeriesConfig, TimeSeriesDataConfig
from pipelines.time_series.reading.table.written_numbers import read_numbers
from shared.errors import DataError

_PATH = Path("loads.csv")
_TABLE = pd.DataFrame(
    {
        "date": [f"2026-01-0{day}" for day in range(1, 6)],
        "version": [f"{day},5" for day in range(5)],
        "load": [str(day) for day in range(5)],
    },
    dtype=object,
)


def _config(**data: object) -> TimeSeriesDataConfig:
    return TimeSeriesConfig.model_validate({"data": {"source": "loads.csv", **data}}).data


def test_only_columns_that_are_named_values_must_be_numbers() -> None:
    read = read_numbers(_TABLE, _config(value_columns=("load",)), _PATH)
    assert read.columns.values == ("load",)
    assert read.table["version"].tolist() == _TABLE["version"].tolist()
    assert read.notes == ()


def test_a_column_that_may_be_a_value_is_asked_for_its_marks() -> None:
    with pytest.raises(DataError, match=r"column 'version'.*--set data\.decimal=comma"):
        read_numbers(_TABLE, _config(), _PATH)


def test_marks_that_are_set_make_both_columns_numbers() -> None:
    read = read_numbers(_TABLE, _config(decimal="comma"), _PATH)
    assert read.columns.values == ("version", "load")
    assert read.table["version"].tolist() == [f"{day}.5" for day in range(5)]
    assert read.notes[0].startswith("5 cells were read")
