from __future__ import annotations

from pathlib import Path

from data.fsdd.fsdd_dataset_builder import Builder
from tests.data.builder_checks import BuilderCase, check_builder
from tests.data.dummy import assert_is_generated
from tests.data.fsdd.dummy import write_dummy

_DUMMY = Path("data/fsdd/dummy_data")


def test_the_builder_keeps_what_tfds_and_we_expect_of_it(tmp_path: Path) -> None:
    check_builder(BuilderCase(Builder, {"train": 16, "validation": 8, "test": 8}), tmp_path)


def test_dummy_data_is_generated(tmp_path: Path) -> None:
    assert_is_generated(_DUMMY, write_dummy, tmp_path)


def test_speakers_come_with_sex_and_accent(tmp_path: Path) -> None:
    builder = Builder(data_dir=tmp_path, manual_dir=_DUMMY)
    builder.download_and_prepare(file_format="array_record")
    example = builder.as_data_source(split="test")[0]
    assert (example["speaker"], example["sex"], example["accent"]) == (
        b"george",
        b"male",
        b"GRC/Greek",
    )


def test_recordings_0_to_4_are_the_test(tmp_path: Path) -> None:
    builder = Builder(data_dir=tmp_path, manual_dir=_DUMMY)
    builder.download_and_prepare(file_format="array_record")
    assert {example["index"] for example in builder.as_data_source(split="test")} == {0}
    assert {example["index"] for example in builder.as_data_source(split="validation")} == {5}
