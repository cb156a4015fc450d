from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from data.sst2.description import find_files
from data.sst2.sst2_dataset_builder import Builder
from shared.errors import DataError
from tests.data.builder_checks import BuilderCase, check_builder
from tests.data.dummy import assert_is_generated
from tests.data.sst2.dummy import write_dummy

_DUMMY = Path("data/sst2/dummy_data")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_DUMMY, tmp_path / "copy"))


def _build(folder: Path, cache: Path, config: str = "sentences") -> Any:
    builder = Builder(data_dir=cache, config=config, manual_dir=folder)
    builder.download_and_prepare(file_format="array_record")
    return builder


@pytest.mark.parametrize(
    ("config", "unregistered"),
    [("sentences", {"train.tsv", "dev.tsv", "test.tsv"}), ("glue", set())],
)
def test_the_builder_keeps_what_tfds_and_we_expect_of_it(
    tmp_path: Path, config: str, unregistered: set[str]
) -> None:
    check_builder(
        BuilderCase(
            Builder, {"train": 32, "validation": 8, "test": 8}, config, frozenset(unregistered)
        ),
        tmp_path,
    )


def test_dummy_data_is_generated(tmp_path: Path) -> None:
    assert_is_generated(_DUMMY, write_dummy, tmp_path)


def test_the_header_of_glue_is_no_sentence_and_its_test_has_no_labels(
    copy: Path, tmp_path: Path
) -> None:
    for name in ("train.tsv", "dev.tsv"):
        (copy / name).write_text("sentence\tlabel\n" + (copy / name).read_text())
    (copy / "test.tsv").write_text("index\tsentence\n0\ta dummy\n")
    builder = _build(copy, tmp_path / "cache", "glue")
    assert {name: split.num_examples for name, split in builder.info.splits.items()} == {
        "train": 32,
        "validation": 8,
    }
    assert builder.as_data_source(split="train")[0] == {
        "id": b"train-1",
        "text": b"the dummy film is fine .",
        "label": 1,
    }


def test_a_label_that_is_none_is_refused_with_its_row(copy: Path, tmp_path: Path) -> None:
    (copy / "dev.tsv").write_text("fine\t1\ndull\tnegative\n")
    with pytest.raises(
        DataError, match=r"dev\.tsv, row 2: the label must be 0 .*; received 'negative'"
    ):
        _build(copy, tmp_path / "cache")


def test_a_folder_without_another_part_is_refused(copy: Path) -> None:
    (copy / "dev.tsv").unlink()
    (copy / "test.tsv").unlink()
    with pytest.raises(
        DataError, match=r"expected train\.tsv and dev\.tsv.*; there is README\.md, train\.tsv\."
    ):
        find_files([copy])
