from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.reading.series_table import read_series
from shared.errors import DataError
from shared.loading.columns.number_marks import Marks, find_marks

_DAYS = pd.date_range("2026-01-01", periods=30).strftime("%Y-%m-%d")
_NUMBERS = 1000.0 + 12.25 * np.arange(30)


def _written(decimal: str, thousands: str) -> list[str]:
    swapped = (f"{number:,.2f}".replace(",", "\0").replace(".", decimal) for number in _NUMBERS)
    return [text.replace("\0", thousands) for text in swapped]


def _table(path: Path, cells: list[str], *, is_long: bool = False) -> Path:
    rows = [
        f"{day};one;{cell}" if is_long else f"{day};{cell}"
        for day, cell in zip(_DAYS, cells, strict=True)
    ]
    header = "Datum;shop;Umsatz" if is_long else "Datum;Umsatz"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def _config(**data: object) -> TimeSeriesConfig:
    return TimeSeriesConfig.model_validate({"data": {"source": "a.csv", **data}})


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize(
    ("decimal", "thousands", "settings"),
    [
        (",", "", {"data.decimal": "comma"}),
        (",", ".", {"data.decimal": "comma", "data.thousands": "point"}),
        (",", "\u202f", {"data.decimal": "comma", "data.thousands": "space"}),
        (",", "\xa0", {"data.decimal": "comma", "data.thousands": "space"}),
        (".", "\u2019", {"data.thousands": "apostrophe"}),
        (".", "'", {"data.thousands": "apostrophe"}),
        (".", ",", {"data.thousands": "comma"}),
    ],
)
def test_marks_are_refused_with_the_settings_by_which_they_are_read(
    tmp_path: Path, decimal: str, thousands: str, settings: dict[str, str], is_long: bool
) -> None:
    path = _table(tmp_path / "a.csv", _written(decimal, thousands), is_long=is_long)
    with pytest.raises(DataError, match=r"'Umsatz': .1.*To have it read as 10") as caught:
        read_series(path, _config().data)
    assert caught.value.settings == settings

    named = {name.removeprefix("data."): value for name, value in settings.items()}
    file = read_series(path, _config(**named).data)
    assert file.series[0].values.tolist() == _NUMBERS.tolist()
    assert file.notes[0].startswith("30 cells were read as numbers by the marks")


def test_what_may_be_a_decimal_or_a_thousand_is_asked(tmp_path: Path) -> None:
    path = _table(tmp_path / "a.csv", [f"1,{number}" for number in range(100, 130)])
    with pytest.raises(DataError, match=r"1\.100: --set data\.decimal=comma or 1100: --set"):
        read_series(path, _config().data)


def test_another_column_decides_what_one_leaves_open() -> None:
    is_open = pd.Series(["1,234", "2,345"])
    assert len(find_marks([is_open])) == 2
    assert find_marks([is_open, pd.Series(["12,5", "1,25"])]) == (Marks(","),)


@pytest.mark.parametrize("odd", ["12.5", "1'000", "1.000,5"])
def test_a_number_with_other_marks_is_refused_by_row(tmp_path: Path, odd: str) -> None:
    cells = _written(",", "")
    cells[7] = odd
    path = _table(tmp_path / "a.csv", cells)
    with pytest.raises(DataError, match=r"row 8, column 'Umsatz'.*marks that numbers have here"):
        read_series(path, _config(decimal="comma").data)


def test_a_text_that_is_no_number_by_any_marks_is_named_as_before(tmp_path: Path) -> None:
    cells = _written(",", "")
    cells[7] = "closed"
    file = read_series(_table(tmp_path / "a.csv", cells), _config(decimal="comma").data)
    assert "expected a finite number, received 'closed'" in file.problems["Umsatz"].reason


def test_ids_and_stamps_keep_their_marks(tmp_path: Path) -> None:
    rows = [f"{day},1.234,{number}" for day, number in zip(_DAYS, range(30), strict=True)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["date,id,value", *rows]) + "\n", encoding="utf-8")
    file = read_series(path, _config(decimal="comma", thousands="point").data)
    assert [series.name for series in file.series] == ["1.234"]
    assert file.notes == ()


def test_one_mark_has_one_meaning() -> None:
    with pytest.raises(ValidationError, match="are both 'comma'"):
        _config(decimal="comma", thousands="comma")


def test_points_that_may_be_thousands_are_noted(tmp_path: Path) -> None:
    path = _table(tmp_path / "a.csv", [f"1.{number}" for number in range(100, 130)])
    (note,) = read_series(path, _config().data).notes
    assert "read as a decimal" in note
    assert note.endswith("--set data.decimal=comma --set data.thousands=point")
    path = _table(tmp_path / "b.csv", [f"0.{number}" for number in range(100, 130)])
    assert read_series(path, _config().data).notes == ()
