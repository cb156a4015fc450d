from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.errors import ContractError, DataError
from shared.loading.batches.record_file import Field, RecordFile, write_records

FIELDS = (
    Field(name="pixels", dtype="uint8", shape=(2, 3)),
    Field(name="level", dtype="float32", shape=()),
)


def arrays(num_rows: int = 10) -> dict[str, NDArray[Any]]:
    pixels = np.arange(num_rows * 6, dtype=np.uint8).reshape(num_rows, 2, 3)
    return {"pixels": pixels, "level": np.linspace(-1, 1, num_rows, dtype=np.float32)}


def chunks(rows: dict[str, NDArray[Any]], size: int = 4) -> Iterator[dict[str, NDArray[Any]]]:
    for start in range(0, len(rows["level"]), size):
        yield {name: values[start : start + size] for name, values in rows.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_records(tmp_path, FIELDS, chunks(arrays()))
    return tmp_path


def test_rows_come_back_in_the_order_asked_for(folder: Path) -> None:
    wanted = np.array([7, 0, 7, 3])
    for name, values in RecordFile(folder).read(wanted).items():
        np.testing.assert_array_equal(values, arrays()[name][wanted], strict=True)


def test_all_rows_come_back_as_they_were(folder: Path) -> None:
    records = RecordFile(folder)
    assert records.num_records == 10
    for name, values in records.read_all().items():
        np.testing.assert_array_equal(values, arrays()[name], strict=True)


def test_a_changed_byte_is_noticed(folder: Path) -> None:
    assert RecordFile(folder).is_intact()
    content = bytearray((folder / "records.bin").read_bytes())
    content[17] ^= 1
    (folder / "records.bin").write_bytes(content)
    assert not RecordFile(folder).is_intact()


def test_a_cut_file_is_refused_with_both_sizes(folder: Path) -> None:
    (folder / "records.bin").write_bytes((folder / "records.bin").read_bytes()[:-1])
    with pytest.raises(DataError, match=r"records\.bin: expected 100 bytes, .*; found 99"):
        RecordFile(folder)


@pytest.mark.parametrize("damage", ["{", "{}", '{"format": 2}'])
def test_a_damaged_header_is_refused(folder: Path, damage: str) -> None:
    (folder / "header.json").write_text(damage)
    with pytest.raises(DataError, match="these records can't be read"):
        RecordFile(folder)


def test_records_of_a_machine_with_another_byte_order_are_refused(folder: Path) -> None:
    header = json.loads((folder / "header.json").read_text())
    (folder / "header.json").write_text(json.dumps(header | {"byte_order": "big"}))
    with pytest.raises(DataError, match="little-endian; found 100, big"):
        RecordFile(folder)


def test_a_folder_without_a_header_was_never_finished(folder: Path) -> None:
    (folder / "header.json").unlink()
    with pytest.raises(DataError, match="can't be read"):
        RecordFile(folder)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pixels": np.zeros((4, 2, 3), np.int64), "level": np.zeros(4, np.float32)},
        {"pixels": np.zeros((4, 3, 3), np.uint8), "level": np.zeros(4, np.float32)},
        {"level": np.zeros(4, np.float32)},
    ],
    ids=["dtype", "shape", "missing"],
)
def test_rows_of_another_kind_are_refused(tmp_path: Path, wrong: dict[str, NDArray[Any]]) -> None:
    with pytest.raises(ContractError, match="Rows must be"):
        write_records(tmp_path, FIELDS, [wrong])
    assert not (tmp_path / "header.json").exists()


def test_a_file_shortened_while_it_is_read_is_named(folder: Path) -> None:
    records = RecordFile(folder)
    with (folder / "records.bin").open("r+b") as stream:
        stream.truncate(50)
    with pytest.raises(DataError, match=r"records\.bin ended while it was read"):
        records.read(np.array([9]))
