"""Nothing of a table is guessed from what its text looks like."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.series_table import read_series
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure

_DAYS = [str(day)[:10] for day in pd.date_range("2020-01-01", periods=6)]


def _read(path: Path, *assignments: str) -> SeriesFile:
    return read_series(path, configure(*assignments, source=path).data)


def _long(ids: tuple[str, ...], header: str = "ds,unique_id,y", *, one_clock: bool = True) -> str:
    rows = [header]
    for place, name in enumerate(ids):
        days = _DAYS if one_clock else [day.replace("2020", str(2020 + place)) for day in _DAYS]
        rows += [f"{day},{name},{10 * place + step}" for step, day in enumerate(days)]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".jsonl", ".parquet"])
@pytest.mark.parametrize("ids", [("007", "7"), ("None", "null", "NA"), ("1", "10"), ("3",)])
@pytest.mark.parametrize("one_clock", [True, False])
def test_ids_keep_their_text_in_every_format(
    tmp_path: Path, suffix: str, ids: tuple[str, ...], one_clock: bool
) -> None:
    text = _long(ids, one_clock=one_clock)
    path = tmp_path / f"loads{suffix}"
    if suffix == ".csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif suffix in (".csv", ".tsv"):
        path.write_text(text.replace(",", "\t" if suffix == ".tsv" else ","))
    else:
        names, *rows = [line.split(",") for line in text.splitlines()]
        table = pd.DataFrame(rows, columns=names)
        if suffix == ".parquet":
            table.to_parquet(path)
        else:
            table.to_json(path, orient="records", lines=True)

    found = {item.name: item.values[:2].tolist() for item in _read(path).series}

    assert found == {name: [10.0 * place, 10.0 * place + 1] for place, name in enumerate(ids)}


@pytest.mark.parametrize("name", ["unique_id", "ITEM_ID", "Series ID", "storeId", "id", "Store"])
def test_a_column_named_like_ids_holds_ids_even_of_one_series(tmp_path: Path, name: str) -> None:
    path = tmp_path / "one.csv"
    path.write_text(_long(("3",), f"ds,{name},load"))

    found = _read(path)

    assert [item.name for item in found.series] == ["3"]
    assert found.reading == {
        "layout": "long",
        "time_column": "ds",
        "series_column": name,
        "value_column": "load",
    }


def test_a_column_of_row_numbers_is_no_id(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,date,load\n" + "".join(f"{i},{day},5\n" for i, day in enumerate(_DAYS)))
    with pytest.raises(DataError, match=r"'id'.*6 different values in 6 rows.*data.layout=wide"):
        _read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,load,load\n2020-01-01,1,2\n", "line 1: the column 'load' appears twice"),
        ("date,a,b\n2020-01-01,1,2\n2020-01-02,1\n", "line 3: expected 3 fields"),
        ("date,a,b\n2020-01-01,1,2\n2020-01-02,1,2,3\n", "line 3: expected 3 fields"),
        (",date,a\n0,2020-01-01,1\n", r"column 1 has no name.*data.value_columns=\[a\]"),
        ("date,a,\n2020-01-01,1,\n", "column 3 has no name"),
        ("date,a,Unnamed: 0\n2020-01-01,1,0\n", "column 3 has no name"),
        ("2020-01-01,1\n2020-01-02,2\n", r"first line: it holds data \(2020-01-01,1\)"),
        ("A,2020-01-01 00:00,1\nA,2020-01-01 01:00,2\n", "first line: it holds data"),
        ("01.02.2020,A,5\n02.02.2020,A,6\n", "Put a line of names above it"),
        ("1577836800,5\n1577840400,6\n", "first line: it holds data"),
        ("series,2020-01,2020-02,2020-03\na,1,2,3\n", "3 columns are named like moments"),
    ],
)
def test_the_first_line_must_name_all_columns_once(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        _read(path)


def test_an_index_that_holds_the_stamps_needs_no_name(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text(",load\n" + "".join(f"{day},{i}\n" for i, day in enumerate(_DAYS)))
    assert [item.name for item in _read(path).series] == ["load"]


@pytest.mark.parametrize("empty", ["", " ", "NA", "NaN", "null", "None", "N/A", "#N/A"])
def test_spellings_of_nothing_are_gaps_among_numbers(tmp_path: Path, empty: str) -> None:
    path = tmp_path / "gap.csv"
    rows = [f"{day},{empty if i == 2 else i}" for i, day in enumerate(_DAYS)]
    path.write_text("\n".join(["date,load", *rows]) + "\n")
    (series,) = _read(path).series
    assert series.values[[1, 3]].tolist() == [1.0, 3.0]
    assert series.facts is not None
    assert series.facts.num_observed == 5


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('"1,234"', "a comma, between thousands or before decimals"),
        ('"1,5"', "a decimal comma: write 1,5 as 1.5"),
        ('"1.234,5"', "a decimal comma"),
        ("5%", "a percent sign"),
        ("5 %", "a percent sign"),
    ],
)
@pytest.mark.parametrize("num_bad", [1, 6])
def test_numbers_as_people_write_them_are_refused_with_the_edit_that_helps(
    tmp_path: Path, written: str, message: str, num_bad: int
) -> None:
    path = tmp_path / "numbers.csv"
    rows = [f"{day},{written if i < num_bad else i}" for i, day in enumerate(_DAYS)]
    path.write_text("\n".join(["date,load", *rows]) + "\n")

    if num_bad == 6 and "," in written:
        with pytest.raises(DataError, match="not written as programs write numbers"):
            _read(path)
    elif num_bad == 6:
        with pytest.raises(DataError, match=message) as caught:
            _read(path)
        assert "data.value_columns" not in str(caught.value)
    else:
        assert message in _read(path).problems["load"].reason
