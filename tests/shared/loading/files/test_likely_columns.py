from __future__ import annotations

import pandas as pd
import pytest

from shared.loading.files.likely_columns import advise_split_column, likely_columns

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
    assert likely_columns(_TABLE, [column], setting) == [likely]


def test_of_several_those_that_are_there_stay() -> None:
    assert likely_columns(_TABLE, ["nr", "class-no"], "data.group_columns") == ["nr", "class no"]


def test_no_column_is_taken_for_splits_that_does_not_say_them() -> None:
    without = _TABLE.drop(columns="fold")
    assert likely_columns(without, ["split"], "data.split_column") == []
    assert advise_split_column(without).endswith("--set data.split=entity")
    assert advise_split_column(_TABLE).endswith("--set data.split_column=fold")
