from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError
from shared.loading.files.tables import (
    TABLE_READERS,
    is_table,
    read_column_names,
    read_first_row,
    read_table,
    require_columns,
    require_unique,
    table_suffix,
)
from tests.shared.loading.files.written_files import written


def test_csv_values_stay_the_text_that_stands_in_the_file(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.csv", "id,text,label\n007,NA,1.0\n8,,1\n"))
    assert table.to_dict("list") == {"id": ["007", "8"], "text": ["NA", ""], "label": ["1.0", "1"]}


def test_csv_quotes_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.csv", 'text,label\n"good, very\ngood",1\n'))
    assert table["text"].tolist() == ["good, very\ngood"]


def test_a_lone_quotation_mark_in_a_tsv_is_text(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.tsv", 'text\tlabel\na "good film\t1\nbad\t0\n'))
    assert table["text"].tolist() == ['a "good film', "bad"]


def test_columns_name_the_fields_of_a_file_without_a_header(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.tsv", "good\t1\nbad\t0\n"), columns=("text", "label"))
    assert table.to_dict("list") == {"text": ["good", "bad"], "label": ["1", "0"]}


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    assert len(read_table(written(tmp_path, "a.csv", "text,label\n\ngood,1\n\n\nbad,0\n\n"))) == 2
    assert (
        len(read_table(written(tmp_path, "a.jsonl", '{"text": "good"}\n\n{"text": "bad"}\n  \n')))
        == 2
    )


def test_a_byte_order_mark_is_not_part_of_the_first_column_name(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"\xef\xbb\xbftext,label\ngood,1\n")
    assert list(read_table(path).columns) == ["text", "label"]


def test_a_compressed_table_is_read_by_the_suffix_beneath(tmp_path: Path) -> None:
    path = written(tmp_path, "A.CSV.gz", gzip.compress(b"text,label\ngood,1\n"))
    assert table_suffix(path) == ".csv"
    assert read_table(path)["text"].tolist() == ["good"]


def test_every_suffix_of_the_readers_is_taken_for_a_table() -> None:
    assert all(is_table(Path(f"a{suffix}")) for suffix in TABLE_READERS)
    assert not is_table(Path("a.png"))


def test_a_new_format_is_one_line_of_the_readers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(
        cast(dict[str, Any], TABLE_READERS), ".feather", lambda path, options: pd.read_csv(path)
    )
    path = written(tmp_path, "a.feather", "text\ngood\n")
    assert is_table(path)
    assert read_column_names(path) == ["text"]
    assert len(read_table(path)) == 1


def test_a_parquet_file_within_another_archive_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.parquet.gz", gzip.compress(b"PAR1"))
    with pytest.raises(DataError, match=r"not read from within \.gz\. Unpack it first"):
        read_table(path)


def test_column_names_are_read_whatever_the_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "text;ort\nscho\xf6n;1\n".encode("latin-1"))
    assert read_column_names(path) == ["text", "ort"]
    assert read_column_names(written(tmp_path, "a.jsonl", '{"text": "good"}\n')) == ["text"]


def test_a_broken_archive_is_a_message(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv.gz", gzip.compress(b"text,label\n" + b"good,1\n" * 99)[:30])
    with pytest.raises(
        DataError,
        match=r"a\.csv\.gz: can't be read \(Compressed file ended.*\)\. Is the file complete\?",
    ):
        read_table(path)


def test_parquet_keeps_types_when_asked_and_whole_numbers_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"id": pd.array([7, None], dtype="Int64"), "load": [1.5, 2.0]}).to_parquet(path)
    table = read_table(path, keep_types=True)
    assert table["load"].tolist() == [1.5, 2.0]
    assert str(table["id"].iloc[0]) == "7"


def test_parquet_values_come_as_text_with_empty_text_for_null(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "text": ["good", None],
            "label": pd.array([1, None], dtype="Int64"),
            "score": [0.5, np.nan],
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet").to_dict("list") == {
        "text": ["good", ""],
        "label": ["1", ""],
        "score": ["0.5", ""],
    }


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.tsv", "\t"), ("a.txt", "\t")])
def test_a_line_with_too_many_fields_is_named(tmp_path: Path, name: str, separator: str) -> None:
    path = written(tmp_path, name, "text,label\ngood,1\nbad, really,0\n".replace(",", separator))
    with pytest.raises(
        DataError, match=rf"{name}, line 3: expected 2 fields \(text, label\), received 3"
    ):
        read_table(path)


def test_a_line_with_too_few_fields_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "good\t1\nbad\n")
    with pytest.raises(
        DataError, match=r"a\.tsv, line 2: expected 2 fields \(text, label\), received 1: 'bad'"
    ):
        read_table(path, columns=("text", "label"))


def test_surplus_fields_are_not_taken_for_an_index(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "1,2,3\n4,5,6\n")
    with pytest.raises(DataError, match=r"line 1: expected 2 fields \(time, load\), received 3"):
        read_table(path, columns=("time", "load"))


def test_a_quotation_mark_that_is_not_closed_is_a_message(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text,label\n"good,1\nbad,0\n')
    with pytest.raises(
        DataError, match=r"a\.csv, line 2: .* A quotation mark that opens there is never closed"
    ):
        read_table(path)


def test_a_repeated_column_name_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 1: the column 'text' appears twice"):
        read_table(written(tmp_path, "a.csv", "text,text\na,b\n"))


def test_the_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"text,label\ngood,1\ncaf\xe9,1\n")
    with pytest.raises(
        DataError,
        match=(
            r"a\.csv, line 3, byte 22 \(0xe9\): not UTF-8\. It looks like cp1252: --set"
            r" data\.encoding=cp1252"
        ),
    ):
        read_table(path)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
def test_an_empty_file_is_a_message(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=rf"{name}: the file is empty"):
        read_table(written(tmp_path, name, ""))


def test_an_empty_file_without_a_header_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file is empty"):
        read_table(written(tmp_path, "a.tsv", "\n"), columns=("text", "label"))


def test_a_header_alone_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file has no rows"):
        read_table(written(tmp_path, "a.csv", "text,label\n"))


def test_a_missing_file_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_table(tmp_path / "a.csv")


def test_an_unknown_suffix_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"unknown kind of table '\.xlsx'\. Expected \.csv"):
        read_table(written(tmp_path, "a.xlsx", "PK"))


def test_a_file_that_is_no_parquet_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't be read as a PARQUET"):
        read_table(written(tmp_path, "a.parquet", "text,label"))


def test_a_missing_column_is_named_with_those_there_and_the_setting(tmp_path: Path) -> None:
    table = pd.DataFrame({"review": ["a film"], "stars": ["1"]})
    with pytest.raises(
        DataError,
        match=(
            r"no column 'text'\. Columns: review, stars\. Name yours with --set data\.text_column=review"
        ),
    ):
        require_columns(table, {"data.text_column": ["text"]}, path=tmp_path / "a.csv")


def test_a_first_line_of_data_is_not_taken_for_names_that_a_setting_could_give(
    tmp_path: Path,
) -> None:
    table = pd.DataFrame({"a film": ["a play", "a song"], "good": ["bad", "good"]})
    with pytest.raises(DataError, match="'good' is a value of its column") as caught:
        require_columns(table, {"data.text_column": ["text"]}, path=tmp_path / "a.csv")
    assert caught.value.settings == {"data.columns": ["text", "column_2"]}


def test_a_repeated_id_is_named_with_its_row(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": ["a", "b", "a"]})
    with pytest.raises(DataError, match=r"row 3, column 'id': the id 'a' appears twice"):
        require_unique(table, "id", path=tmp_path / "a.csv")


def test_the_first_row_is_that_of_the_first_line_that_is_not_blank(tmp_path: Path) -> None:
    assert read_first_row(written(tmp_path, "a.csv", '\n"good, very good",1\nbad,0\n')) == [
        "good, very good",
        "1",
    ]
    assert read_first_row(written(tmp_path, "a.tsv.gz", gzip.compress(b'a "good film\t1\n'))) == [
        'a "good film',
        "1",
    ]
    assert read_first_row(written(tmp_path, "b.tsv", "")) == []


def test_the_first_row_of_a_missing_file_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_first_row(tmp_path / "a.csv")


def test_a_blank_that_nobody_sees_is_no_part_of_a_column_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text, label \u00a0\na,b\n", encoding="utf-8")
    assert list(read_table(path).columns) == ["text", "label"]


@pytest.mark.parametrize("header", ["label,label ", "cafe\u0301,caf\u00e9"])
def test_columns_that_look_the_same_are_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\na,b\n", encoding="utf-8")
    with pytest.raises(DataError, match="the columns 1 and 2 are both called"):
        read_table(path)


def test_a_column_name_that_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,\x1b[31mlabel\na,b\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"the name of column 2 .*'\\x1b\[31mlabel'"):
        read_table(path)


@pytest.mark.parametrize("values", ["1,0\n0,1", "True,False\nFalse,True", "1.0,0.0\n0.0,1.0"])
def test_columns_that_say_yes_or_no_to_a_class_are_recognised(tmp_path: Path, values: str) -> None:
    table = read_table(written(tmp_path, "a.csv", f"cat,dog\n{values}\n"))
    with pytest.raises(DataError, match="cat, dog say yes or no to one class each"):
        require_columns(table, {"data.label_column": ["label"]}, path=tmp_path)
