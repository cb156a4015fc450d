from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.ham10000.description import find_files
from data.ham10000.ham10000_dataset_builder import Builder
from shared.errors import DataError
from tests.data.builder_checks import BuilderCase, check_builder
from tests.data.dummy import assert_is_generated
from tests.data.ham10000.dummy import write_dummy

_DUMMY = Path("data/ham10000/dummy_data")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_DUMMY, tmp_path / "copy"))


def _build(folder: Path, cache: Path) -> Any:
    builder = Builder(data_dir=cache, manual_dir=folder)
    builder.download_and_prepare(file_format="array_record")
    return builder.as_data_source(split="train")


def test_the_builder_keeps_what_tfds_and_we_expect_of_it(tmp_path: Path) -> None:
    check_builder(BuilderCase(Builder, {"train": 12}), tmp_path)


def test_dummy_data_is_generated(tmp_path: Path) -> None:
    assert_is_generated(_DUMMY, write_dummy, tmp_path)


def test_an_age_that_is_not_known_is_not_a_number(tmp_path: Path) -> None:
    ages = [example["age"] for example in _build(_DUMMY, tmp_path)]
    assert np.isnan(ages[3])
    assert ages[0] == 25.0


def test_the_published_layout_is_found_as_well(copy: Path, tmp_path: Path) -> None:
    (copy / "metadata.csv").rename(copy / "HAM10000_metadata.csv")
    (copy / "images").rename(copy / "HAM10000_images_part_1")
    assert len(_build(copy, tmp_path / "cache")) == 12


def test_the_table_as_dataverse_converts_it_is_read(copy: Path, tmp_path: Path) -> None:
    text = (copy / "metadata.csv").read_text()
    (copy / "metadata.csv").unlink()
    (copy / "HAM10000_metadata.tab").write_text(text.replace(",", "\t").replace("histo", '"histo"'))
    assert _build(copy, tmp_path / "cache")[0]["dx_type"] == b"histo"


def test_masks_may_be_missing(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "masks")
    assert {example["mask"] for example in _build(copy, tmp_path / "cache")} == {b""}


def test_two_different_images_of_one_name_are_refused(copy: Path, tmp_path: Path) -> None:
    shutil.copytree(copy / "images", copy / "images_2")
    assert len(_build(copy, tmp_path / "cache")) == 12  # the same twice, as some mirrors have it
    (copy / "images_2" / "ISIC_9900000.jpg").write_bytes(b"other")
    with pytest.raises(
        DataError,
        match=r"images_2/ISIC_9900000\.jpg: another image than .*both are called ISIC_9900000",
    ):
        _build(copy, tmp_path / "cache_2")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            ",mel,",
            ",melanoma,",
            r"metadata\.csv, row 2, column 'dx': expected one of akiec, .*; received 'melanoma'",
        ),
        (
            ",25.0,",
            ",old,",
            r"metadata\.csv, row 1, column 'age': expected years or nothing; received 'old'",
        ),
        ("lesion_id", "lesion", r"there is no column 'lesion_id'\. Columns: lesion, image_id"),
    ],
)
def test_a_wrong_table_is_refused_with_row_and_column(
    copy: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    table = copy / "metadata.csv"
    table.write_text(table.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=message):
        _build(copy, tmp_path / "cache")


def test_a_folder_without_images_says_what_is_expected_and_what_there_is(copy: Path) -> None:
    shutil.rmtree(copy / "images")
    shutil.rmtree(copy / "masks")
    with pytest.raises(
        DataError, match=r"expected HAM10000_metadata\.csv .*; there is README\.md, metadata\.csv\."
    ):
        find_files([copy])
