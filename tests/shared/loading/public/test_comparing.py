from __future__ import annotations

from pathlib import Path

import pandas as pd

from shared.loading.public.card import Card, ClassCounts, Count, Figure, FileChecksum, Form
from shared.loading.public.comparing import differences
from shared.loading.public.index import FORM, SPLIT

_TABLE = pd.DataFrame(
    {
        SPLIT: ["train", "train", "test"],
        "label": ["a", "b", "a"],
        "speaker": ["x", "x", "y"],
        FORM: ["8 px", "8 px", "6 px"],
    }
)


def _differences(*figures: Figure, files: tuple[Path, ...] = ()) -> tuple[str, ...]:
    card = Card("Toy", "1", "none", "", "images", figures)
    return differences(card, _TABLE, "label", files)


def test_a_copy_that_is_official_differs_in_nothing() -> None:
    figures = (
        Count(3, "s"),
        Count(2, "s", of="speaker"),
        Count(1, "s", split="test"),
        ClassCounts({"a": 2, "b": 1}, "s"),
    )
    assert _differences(*figures) == ()


def test_a_smaller_copy_says_how_much_there_is_and_who_says_how_much_there_should_be() -> None:
    assert _differences(Count(1000, "paper, Table 1")) == ("3 of 1,000 images (paper, Table 1)",)


def test_a_part_of_another_size_is_named() -> None:
    assert _differences(Count(2, "s", split="test")) == ("1 of 2 images in the test split (s)",)


def test_missing_speakers_are_counted() -> None:
    assert _differences(Count(3, "s", of="speaker")) == ("2 of 3 different values of speaker (s)",)


def test_what_is_counted_can_have_a_name() -> None:
    assert _differences(Count(3, "s", of="speaker", noun="speakers")) == ("2 of 3 speakers (s)",)


def test_only_the_classes_that_differ_are_listed_and_unknown_ones_with_them() -> None:
    assert _differences(ClassCounts({"a": 2, "c": 5}, "s")) == (
        "examples of each class: c 0 of 5, b 1 of 0 (s)",
    )


def test_classes_are_counted_within_their_part() -> None:
    assert _differences(ClassCounts({"a": 1, "b": 1}, "s", split="train")) == ()
    assert _differences(ClassCounts({"b": 1}, "s", split="test")) == (
        "examples of each class in the test split: b 0 of 1, a 1 of 0 (s)",
    )


def test_contents_of_another_form_are_counted() -> None:
    assert _differences(Form("8 px", "s")) == ("1 images of 6 px instead of 8 px (s)",)


def test_a_raw_file_with_another_checksum_is_named(tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"
    file.write_bytes(b"changed")
    figure = FileChecksum("raw.csv", "0" * 32, "publisher")
    assert _differences(figure, files=(file,)) == (
        "raw.csv has another md5 checksum than published (publisher)",
    )


def test_a_raw_file_with_the_published_checksum_is_official(tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"
    file.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert _differences(FileChecksum("raw.csv", sha256, "s", "sha256"), files=(file,)) == ()


def test_a_file_that_is_not_used_is_not_missed() -> None:
    assert _differences(FileChecksum("archive.zip", "0" * 32, "s")) == ()
