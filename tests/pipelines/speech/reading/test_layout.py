from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.speech.reading.layout import (
    advise_naming,
    find_manifest,
    names_classes,
    speakers_in_names,
)
from shared.errors import DataError

_ROOT = Path("said")


def _paths(*names: str) -> list[Path]:
    return [_ROOT / name for name in names]


def _digits(template: str) -> list[Path]:
    return [
        _ROOT / template.format(word=word, speaker=speaker, take=take)
        for word in range(3)
        for speaker in ("ann", "bob")
        for take in range(2)
    ]


def test_files_in_folders_of_one_depth_name_classes() -> None:
    assert names_classes(_ROOT, _paths("yes/1.wav", "no/2.wav"))
    assert not names_classes(_ROOT, _paths("yes/1.wav", "yes/2.wav"))
    assert not names_classes(_ROOT, _paths("yes/1.wav", "2.wav"))
    assert not names_classes(_ROOT, _paths("a/yes/1.wav", "a/no/2.wav"))


def test_folders_of_splits_ask_to_be_kept() -> None:
    with pytest.raises(DataError, match="it holds the splits test, train") as caught:
        names_classes(_ROOT, _paths("train/yes/1.wav", "test/no/2.wav"))
    assert caught.value.settings == {"data.split": "given"}


@pytest.mark.parametrize(
    ("template", "pattern"),
    [
        ("{word}_{speaker}_{take}.wav", "(?P<label>[^_]+)_(?P<speaker>[^_]+)_[^_]+"),
        ("{word}-{speaker}-{take}.wav", r"(?P<label>[^\-]+)-(?P<speaker>[^\-]+)-[^\-]+"),
        ("x.{word}.{speaker}.wav", r"[^\.]+\.(?P<label>[^\.]+)\.(?P<speaker>[^\.]+)"),
    ],
)
def test_names_of_equal_parts_propose_an_expression(
    tmp_path: Path, template: str, pattern: str
) -> None:
    recordings = [tmp_path / path.relative_to(_ROOT) for path in _digits(template)]
    error = advise_naming(tmp_path, recordings)
    assert error.settings == {"data.filename_pattern": pattern}
    assert "nothing says what is spoken" in str(error)


def test_names_that_say_nothing_get_an_example(tmp_path: Path) -> None:
    error = advise_naming(tmp_path, [tmp_path / "a.wav", tmp_path / "b_c.wav"])
    assert error.settings == {}
    assert "say how files are named, such as --set" in str(error)


def test_who_speaks_is_told_by_the_first_part_of_names_in_several_folders() -> None:
    names = [path.relative_to(_ROOT).as_posix() for path in _digits("{word}/{speaker}_{take}.wav")]
    assert speakers_in_names(names) == "(?P<label>[^/]+)/(?P<speaker>[^/_]+)_.+"
    numbers = [f"{number % 2}/{number}_x.wav" for number in range(20)]
    assert speakers_in_names(numbers) is None


def test_the_only_table_is_the_manifest_and_several_are_asked_for(tmp_path: Path) -> None:
    assert find_manifest(tmp_path) is None
    (tmp_path / "list.csv").write_text("", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    assert find_manifest(tmp_path) == tmp_path / "list.csv"
    (tmp_path / "more.csv").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match=r"several tables.*--set data\.manifest=list\.csv"):
        find_manifest(tmp_path)


def test_files_of_phones_are_to_be_converted_before_they_are_named(tmp_path: Path) -> None:
    recordings = [tmp_path / f"{number}.m4a" for number in range(3)]
    message = str(advise_naming(tmp_path, recordings))
    assert ".m4a are not read: convert them first" in message
    assert "ffmpeg -i INPUT OUTPUT.wav" in message
