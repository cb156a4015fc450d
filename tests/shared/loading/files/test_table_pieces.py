from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from shared.errors import DataError
from shared.loading.files.table_pieces import iterate_table
from shared.loading.files.tables import read_table

ROWS = [{"text": f"a, {number}", "n": number, "is_odd": None} for number in range(7)]


def _write(folder: Path, suffix: str) -> Path:
    path = folder / f"a{suffix}"
    table = pd.DataFrame(ROWS)
    if suffix == ".parquet":
        table.to_parquet(path, row_group_size=3)
    elif suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, ROWS)))
    else:
        table.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("num_rows", [1, 3, 100])
def test_pieces_are_the_whole(tmp_path: Path, suffix: str, num_rows: int) -> None:
    path = _write(tmp_path, suffix)
    pieces = list(iterate_table(path, num_rows=num_rows))
    assert all(len(piece) <= num_rows for piece in pieces)
    found = pd.concat(pieces, ignore_index=True)
    assert found.to_dict("records") == read_table(path).to_dict("records")


def test_a_file_without_a_header_has_the_given_names(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("one\t1\ntwo\t0\n")
    (piece,) = iterate_table(tmp_path / "a.tsv", num_rows=9, columns=["text", "label"])
    assert piece.to_dict("list") == {"text": ["one", "two"], "label": ["1", "0"]}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"text,n\n", "the file has no rows"),
        ("a.csv", b"text,n\na,1\nb\n", "line 3: expected 2 fields"),
        ("a.csv", b"text,text \na,b\n", "columns 1 and 2 are both called"),
        ("a.jsonl", b"{\n", "line 1: this is not JSON"),
        ("a.parquet", b"PAR1", "can't be read as a PARQUET"),
        ("a.parquet.gz", b"", "is not read from within"),
        ("a.xlsx", b"", "unknown kind of table"),
    ],
)
def test_faults_are_those_of_reading_the_whole(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as whole:
        read_table(tmp_path / name)
    with pytest.raises(DataError) as pieces:
        list(iterate_table(tmp_path / name, num_rows=1))
    assert str(pieces.value) == str(whole.value)


def test_rows_before_a_fault_are_given(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,n\na,1\nb\n")
    pieces = iterate_table(tmp_path / "a.csv", num_rows=1)
    assert next(pieces)["text"].tolist() == ["a"]
