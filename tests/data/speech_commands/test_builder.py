from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from data.speech_commands.card import WORDS, card
from data.speech_commands.description import find_files
from data.speech_commands.speech_commands_dataset_builder import Builder
from shared.errors import DataError
from shared.loading.public.card import ClassCounts, Count
from tests.data.builder_checks import BuilderCase, check_builder
from tests.data.dummy import assert_is_generated
from tests.data.speech_commands.dummy import write_dummy

_DUMMY = Path("data/speech_commands/dummy_data")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_DUMMY, tmp_path / "copy"))


def _build(folder: Path, cache: Path) -> Any:
    builder = Builder(data_dir=cache, manual_dir=folder)
    builder.download_and_prepare(file_format="array_record")
    return builder


def test_the_builder_keeps_what_tfds_and_we_expect_of_it(tmp_path: Path) -> None:
    check_builder(BuilderCase(Builder, {"train": 9, "validation": 6, "test": 9}), tmp_path)


def test_dummy_data_is_generated(tmp_path: Path) -> None:
    assert_is_generated(_DUMMY, write_dummy, tmp_path)


def test_the_counts_of_the_card_add_up() -> None:
    (words,) = (figure for figure in card().figures if isinstance(figure, ClassCounts))
    parts = {
        figure.split: figure.expected
        for figure in card().figures
        if isinstance(figure, Count) and not figure.of
    }
    assert (
        sum(words.expected.values()) == parts[None] == parts["train"] + parts["val"] + parts["test"]
    )
    assert len(WORDS) == 35


def test_parts_follow_the_official_lists(tmp_path: Path) -> None:
    speakers = {
        example["speaker"]
        for example in _build(_DUMMY, tmp_path).as_data_source(split="validation")
    }
    assert speakers == {b"00000004", b"00000005"}


def test_background_noise_is_no_word(tmp_path: Path) -> None:
    builder = _build(_DUMMY, tmp_path)
    names = {
        builder.info.features["label"].int2str(example["label"])
        for example in builder.as_data_source(split="train")
    }
    assert names == {"no", "up", "yes"}


def test_a_folder_that_is_no_word_of_this_version_is_refused(copy: Path) -> None:
    (copy / "up").rename(copy / "upward")
    with pytest.raises(
        DataError, match=r"upward/00000001_nohash_0\.wav: the folder must be one of the 35 words"
    ):
        find_files([copy])


def test_a_copy_without_lists_is_refused_with_what_there_is(copy: Path) -> None:
    (copy / "testing_list.txt").unlink()
    with pytest.raises(
        DataError,
        match=(
            r"testing_list\.txt and validation_list\.txt; there is README\.md,"
            r" _background_noise_/, no/"
        ),
    ):
        find_files([copy])


def test_a_recording_in_both_lists_is_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "validation_list.txt").write_text("no/00000006_nohash_0.wav\n")
    with pytest.raises(
        DataError, match=r"'no/00000006_nohash_0\.wav' is also in validation_list\.txt"
    ):
        _build(copy, tmp_path / "cache")
