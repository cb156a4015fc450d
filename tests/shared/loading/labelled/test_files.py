from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import DataError
from shared.loading.labelled.files import find_files


def _folder(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / name).write_text("text,label\na,1\n")
    return tmp_path


def _found(tmp_path: Path, *names: str) -> dict[str | None, str]:
    return {part: path.name for part, path in find_files(_folder(tmp_path, *names)).items()}


@pytest.mark.parametrize("validation", ["dev", "val", "valid", "validation", "Dev"])
def test_validation_has_many_names(tmp_path: Path, validation: str) -> None:
    names = ("train.csv", f"{validation}.csv", "test.csv")
    assert _found(tmp_path, *names) == dict(zip(("train", "val", "test"), names, strict=True))


def test_without_a_test_file_the_validation_file_is_the_test(tmp_path: Path) -> None:
    assert _found(tmp_path, "train.tsv", "dev.tsv", "README.md") == {
        "train": "train.tsv",
        "test": "dev.tsv",
    }


def test_compressed_files_are_found(tmp_path: Path) -> None:
    assert _found(tmp_path, "train.jsonl.gz", "test.jsonl.gz") == {
        "train": "train.jsonl.gz",
        "test": "test.jsonl.gz",
    }


def test_a_file_and_a_folder_with_one_table_are_the_whole_source(tmp_path: Path) -> None:
    assert _found(tmp_path, "reviews.csv", "notes.md") == {None: "reviews.csv"}
    assert find_files(tmp_path / "reviews.csv") == {None: tmp_path / "reviews.csv"}


def test_a_part_that_is_there_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"dev\.csv and val\.csv both look like the split 'val'"):
        find_files(_folder(tmp_path, "train.csv", "dev.csv", "val.csv"))


@pytest.mark.parametrize("names", [("train.csv", "more.csv"), ("dev.csv", "test.csv"), ()])
def test_a_folder_without_the_parts_is_a_message(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match=r"expected train and test .* received "):
        find_files(_folder(tmp_path, *names))


def test_a_missing_source_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file or folder"):
        find_files(tmp_path / "nowhere")
