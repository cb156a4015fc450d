from __future__ import annotations

import pandas as pd
import pytest

from shared.loading.files.likely_columns import advise_split_column, likely_settings

_TABLE = pd.DataFrame(
    {
        "nr": ["1", "2", "3", "4"],
        "class no": ["a", "b", "a", "b"],
        "who": ["ann", "bob", "cid", "ann"],
        "clip": ["a.wav", "b.wav", "c.wav", "d.wav"],
        "said": ["a long sentence", "another long one", "a third sentence", "the last of them"],
        "fold": ["train", "train", "val", "test"],
    }
)


@pytest.mark.parametrize(
    ("setting", "column", "likely"),
    [
        ("data.text_column", "text", "said"),
        ("data.file_column", "file", "clip"),
        ("data.image_column", "image", "clip"),
        ("data.label_column", "target", "class no"),
        ("data.speaker_column", "speaker", "who"),
        ("data.split_column", "part", "fold"),
        ("data.label_column", "class_no", "class no"),  # spelled alike, whatever it holds
    ],
)
def test_the_column_that_fits_is_found(setting: str, column: str, likely: str) -> None:
    assert likely_settings(_TABLE, {setting: [column]}) == {setting: likely}


def test_of_several_those_that_are_there_stay() -> None:
    found = likely_settings(_TABLE, {"data.group_columns": ["nr", "class-no"]})
    assert found == {"data.group_columns": ["nr", "class no"]}


def test_no_column_is_taken_for_splits_that_does_not_say_them() -> None:
    without = _TABLE.drop(columns="fold")
    assert likely_settings(without, {"data.split_column": ["split"]}) == {"data.split": "entity"}
    assert advise_split_column(without).endswith("--set data.split=entity")
    assert advise_split_column(_TABLE).endswith("--set data.split_column=fold")


_REVIEWS = {
    "de": ("Bewertungstext", "Stimmung", "Region"),
    "fr": ("Commentaire client", "Catégorie", "Ville"),
    "uk": ("Відгук", "Тональність", "Місто"),
    "none": ("q1", "q2", "q3"),
}


@pytest.mark.parametrize("language", _REVIEWS)
def test_all_missing_columns_are_told_at_once_and_none_twice(language: str) -> None:
    text, label, place = _REVIEWS[language]
    rows = 60
    table = pd.DataFrame(
        {
            place: [f"place {row % 20}" for row in range(rows)],
            label: ["good" if row % 2 else "bad" for row in range(rows)],
            text: [f"a long sentence about thing {row}" for row in range(rows)],
        }
    )
    wanted = {"data.label_column": ["label"], "data.text_column": ["text"]}
    expected = {"data.text_column": text, "data.label_column": label}
    assert likely_settings(table, wanted) == expected


def test_a_word_for_labels_decides_where_another_column_has_fewer_kinds() -> None:
    table = pd.DataFrame(
        {"sprache": ["de", "en"] * 3, "klasse": ["a", "b", "c"] * 2, "satz": list("uvwxyz")}
    )
    wanted = {"data.label_column": ["label"]}
    assert likely_settings(table, wanted) == {"data.label_column": "klasse"}


def test_where_nobody_is_said_to_speak_each_recording_counts_for_itself() -> None:
    table = pd.DataFrame({"clip": ["a.wav", "b.wav"], "said": ["yes", "no"]})
    wanted = {setting: [name] for setting, name in _MANIFEST.items()}
    expected = {"data.file_column": "clip", "data.label_column": "said", "data.entity": "recording"}
    assert likely_settings(table, wanted) == expected


_MANIFEST = {
    "data.file_column": "file",
    "data.label_column": "label",
    "data.speaker_column": "speaker",
}


def test_a_name_that_only_looks_like_the_kind_is_none() -> None:
    """`image` is 0.6 like `Diagnose`, `label` like `Farbe`."""
    clinic = pd.DataFrame({"Datei": ["a.png", "b.png"], "Diagnose": ["gut", "böse"]})
    wanted = {"data.image_column": ["image"], "data.label_column": ["label"]}
    assert likely_settings(clinic, wanted) == {
        "data.image_column": "Datei",
        "data.label_column": "Diagnose",
    }
    shop = pd.DataFrame({"Farbe": ["rot", "blau", "grün"], "Ort": ["A", "B", "A"]})
    shop["Kündigung"] = ["ja", "nein", "ja"]
    assert likely_settings(shop, {"data.label_column": ["label"]}) == {
        "data.label_column": "Kündigung"
    }
