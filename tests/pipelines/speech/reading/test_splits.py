from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.speech.reading.splits import describe_overlap, divide
from shared.errors import DataError
from shared.loading.splits.splitting import SplitIndices
from tests.pipelines.speech.sounds import configure

_ORIGIN = Path("list.csv")
_PARTS = SplitIndices(np.array([0, 1]), np.array([2]), np.array([3]))


def _table(parts: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"id": [f"{index}.wav" for index in range(len(parts))], "split": parts})


def _divide(parts: list[str], *assignments: str) -> SplitIndices:
    table = _table(parts)
    entities, labels = table["id"].to_numpy(dtype=np.str_), np.arange(len(table)) % 2
    return divide(
        table, entities, labels, configure("data.split=given", *assignments), origin=_ORIGIN
    )


def test_the_split_column_decides() -> None:
    divided = _divide(["test", "train", "val", "train"])
    assert [part.tolist() for part in divided] == [[1, 3], [2], [0]]


def test_an_unknown_part_is_named_with_its_row() -> None:
    with pytest.raises(
        DataError,
        match=r"list\.csv, column 'part', row 2: a split must be train, val or test; received 'dev'",
    ):
        _divide(["test", "dev", "train"])


def test_given_parts_that_are_nowhere_given_are_an_error() -> None:
    with pytest.raises(DataError, match=r"data\.split=given needs to know the splits"):
        _divide(["", "", ""])


def test_patterns_over_names_decide() -> None:
    divided = _divide(["", "", "", ""], "data.test_pattern=^0", "data.validation_pattern=^[12]")
    assert [part.tolist() for part in divided] == [[3], [1, 2], [0]]


def test_a_recording_that_matches_both_patterns_is_an_error() -> None:
    with pytest.raises(
        DataError, match=r"'0\.wav' matches both data\.test_pattern .* and data\.validation_pattern"
    ):
        _divide(["", "", ""], "data.test_pattern=^0", "data.validation_pattern=^[01]")


def test_an_empty_part_is_named() -> None:
    with pytest.raises(DataError, match="no row is marked 'val'"):
        _divide(["", "", ""], "data.test_pattern=^0", "data.validation_pattern=^9")


def test_nothing_is_to_be_said_when_speakers_are_disjoint() -> None:
    assert describe_overlap(np.array(["a", "b", "c", "d"]), _PARTS, "speaker") == ()


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [
        (["a", "b", "c", "a"], "1 of 1 test speakers were heard"),
        (["a", "b", "c", "d"], "no test speaker is in the other splits"),
        (["a", "unknown", "c", "d"], "Speakers are not known"),
    ],
)
def test_what_recordings_as_entities_mean_for_speakers_is_said(
    speakers: list[str], expected: str
) -> None:
    (note,) = describe_overlap(np.array(speakers), _PARTS, "recording")
    assert expected in note
