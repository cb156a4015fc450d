from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from data.ett.card import card
from data.ett.description import find_files
from data.ett.ett_dataset_builder import Builder
from shared.errors import DataError
from tests.data.builder_checks import BuilderCase, check_builder
from tests.data.dummy import assert_is_generated
from tests.data.ett.dummy import write_dummy

_DUMMY = Path("data/ett/dummy_data")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_DUMMY, tmp_path / "copy"))


def _build(folder: Path, cache: Path) -> Any:
    builder = Builder(data_dir=cache, config="ETTh1", manual_dir=folder)
    builder.download_and_prepare(file_format="array_record")
    return builder.as_data_source(split="train")


@pytest.mark.parametrize(("config", "unregistered"), [("ETTh1", set()), ("ETTm2", {"ETTm2.csv"})])
def test_the_builder_keeps_what_tfds_and_we_expect_of_it(
    tmp_path: Path, config: str, unregistered: set[str]
) -> None:
    check_builder(BuilderCase(Builder, {"train": 96}, config, frozenset(unregistered)), tmp_path)


def test_dummy_data_is_generated(tmp_path: Path) -> None:
    assert_is_generated(_DUMMY, write_dummy, tmp_path)


def test_the_protocol_counts_months_of_thirty_days() -> None:
    assert card("ETTh2").split_steps == (8640, 2880, 2880)
    assert card("ETTm1").split_steps == (34_560, 11_520, 11_520)


def test_an_empty_cell_is_not_observed(copy: Path, tmp_path: Path) -> None:
    table = copy / "ETTh1.csv"
    first = table.read_text().splitlines()[1]
    table.write_text(table.read_text().replace(first, ",".join([*first.split(",")[:-1], ""])))
    example = _build(copy, tmp_path / "cache")[0]
    assert math.isnan(example["OT"])
    assert not math.isnan(example["HUFL"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "1999-01-01 00:00:00,",
            "1999-01-01 00:00:00,many",
            r"ETTh1\.csv, row 1, column 'HUFL': expected a number or nothing; received 'many",
        ),
        ("OT", "oil", r"there is no column 'OT'\. Columns: date, HUFL, .*, oil\."),
    ],
)
def test_a_wrong_table_is_refused_with_row_and_column(
    copy: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    table = copy / "ETTh1.csv"
    table.write_text(table.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=message):
        _build(copy, tmp_path / "cache")


def test_a_missing_table_is_named_with_what_there_is() -> None:
    with pytest.raises(
        DataError, match=r"expected ETTm1\.csv; there is ETTh1\.csv, ETTm2\.csv, README\.md\."
    ):
        find_files([_DUMMY], "ETTm1")
