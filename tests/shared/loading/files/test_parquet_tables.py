from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.errors import DataError
from shared.loading.files import parquet_tables
from shared.loading.files.tables import read_table


def test_a_named_index_of_pandas_is_a_column(tmp_path: Path) -> None:
    pd.DataFrame({"load": [1.0, 2.0]}, index=pd.Index(["a", "b"], name="site")).to_parquet(
        tmp_path / "a.parquet"
    )
    assert read_table(tmp_path / "a.parquet").to_dict("list") == {
        "load": ["1.0", "2.0"],
        "site": ["a", "b"],
    }


def test_lists_and_structures_are_json_and_bytes_are_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "tags": [["a", "b"]],
            "point": [{"x": 1}],
            "text": pa.array(["café".encode()], pa.binary()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet").iloc[0].to_dict() == {
        "tags": '["a", "b"]',
        "point": '{"x": 1}',
        "text": "café",
    }


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([b"caf\xe9"], pa.binary())}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"column 'text': it holds bytes that are no UTF-8 text"):
        read_table(tmp_path / "a.parquet")


def test_a_text_that_breaks_its_promise_of_utf8_is_refused(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"text": pa.array([b"caf\xe9"], pa.binary()).view(pa.string())}),
        tmp_path / "a.parquet",
    )
    with pytest.raises(DataError, match="Invalid UTF8"):
        read_table(tmp_path / "a.parquet")


def test_a_column_name_that_appears_twice_is_refused(tmp_path: Path) -> None:
    pq.write_table(
        pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]),
        tmp_path / "a.parquet",
    )
    with pytest.raises(DataError, match="the column 'a' appears twice"):
        read_table(tmp_path / "a.parquet")


def test_a_file_of_too_many_cells_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_tables, "_MOST_CELLS", 999)
    pq.write_table(
        pa.table(
            {
                "a": pa.array(np.zeros(500, dtype=np.int8)),
                "b": pa.array(np.zeros(500, dtype=np.int8)),
            }
        ),
        tmp_path / "a.parquet",
    )
    with pytest.raises(
        DataError, match=r"unpacks to 1,000 cells .* Keep the columns that are needed"
    ):
        read_table(tmp_path / "a.parquet")


def test_a_page_whose_checksum_differs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [f"row {index}" for index in range(1000)]})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    path.write_bytes(path.read_bytes().replace(b"row 500", b"row 900"))
    with pytest.raises(DataError, match="CRC checksum verification failed"):
        read_table(path)
