from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.reading.inputs import read_inputs
from shared.contract import Inputs
from shared.errors import DataError
from tests.pipelines.sentiment import configure, write


def _read(path: Path, *assignments: str) -> Inputs:
    return read_inputs(configure(*assignments), path)


def _texts(inputs: Inputs) -> list[str]:
    return [str(text) for text in inputs.rows(np.arange(len(inputs.ids)))["text"]]


def _write_bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_every_kind_of_table_is_read_without_labels(tmp_path: Path, name: str) -> None:
    inputs = _read(write(pd.DataFrame({"text": ["good", "bad"]}), tmp_path / name))
    assert (inputs.ids.tolist(), _texts(inputs), inputs.problems) == (
        ["1", "2"],
        ["good", "bad"],
        {},
    )


def test_the_id_column_is_used_where_it_is(tmp_path: Path) -> None:
    with_ids = write(pd.DataFrame({"text": ["good"], "key": ["r7"]}), tmp_path / "a.csv")
    without = write(pd.DataFrame({"text": ["good"]}), tmp_path / "b.csv")
    assert _read(with_ids, "data.id_column=key").ids.tolist() == ["r7"]
    assert _read(without, "data.id_column=key").ids.tolist() == ["1"]


def test_a_text_file_holds_one_text_a_line(tmp_path: Path) -> None:
    inputs = _read(
        _write_bytes(tmp_path / "a.txt", b"\xef\xbb\xbfgood, very good\n\nbad\r\ncaf\xe9\n")
    )
    assert inputs.ids.tolist() == ["1", "2", "3", "4"]
    assert _texts(inputs)[0::2] == ["good, very good", "bad"]
    assert inputs.problems == {
        "2": "the text is empty",
        "4": (
            "not UTF-8; convert it with iconv -t UTF-8, or name its encoding with --set"
            " data.encoding=cp1252"
        ),
    }


def test_a_folder_holds_one_text_a_file(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    _write_bytes(tmp_path / "b.txt", b"bad\nin two lines")
    _write_bytes(tmp_path / "more" / "a.txt", b"good")
    _write_bytes(tmp_path / "image.png", b"\x89PNG")
    inputs = _read(tmp_path)
    assert (inputs.ids.tolist(), _texts(inputs)) == (
        ["b.txt", "more/a.txt"],
        ["bad\nin two lines", "good"],
    )


def test_an_empty_text_is_a_problem_of_its_row_alone(tmp_path: Path) -> None:
    inputs = _read(write(pd.DataFrame({"text": ["good", " ", "bad"]}), tmp_path / "a.csv"))
    assert inputs.problems == {"2": "the text is empty"}
    assert inputs.rows(np.array([2, 0]))["text"].tolist() == ["bad", "good"]


@pytest.mark.parametrize(
    "content",
    [
        "good film\t1\nbad film\t0\n",
        "text\tlabel\ngood film\t1\nbad film\t0\n",
        "good film\nbad film\n",
        "text\ngood film\nbad film\n",
    ],
)
def test_after_training_without_a_header_inputs_may_have_one_or_be_texts_alone(
    tmp_path: Path, content: str
) -> None:
    inputs = _read(_write_bytes(tmp_path / "a.tsv", content.encode()), "data.columns=[text, label]")
    assert _texts(inputs) == ["good film", "bad film"]


def test_a_single_line_without_a_header_is_one_text(tmp_path: Path) -> None:
    assert _texts(
        _read(_write_bytes(tmp_path / "a.tsv", b"good film\n"), "data.columns=[text, label]")
    ) == ["good film"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"review\ngood\n", r"no column 'text'\. Columns: review\. .*data\.text_column"),
        ("a.txt", b"", "the file is empty"),
        ("a.png", b"\x89PNG", r"unknown kind of table '\.png'"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_message(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        _read(_write_bytes(tmp_path / name, content))


def test_a_folder_without_texts_and_a_missing_file_are_messages(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there are no \.txt files in this folder"):
        _read(tmp_path)
    with pytest.raises(DataError, match="there is no such file"):
        _read(tmp_path / "a.csv")


def test_repeated_ids_are_refused(tmp_path: Path) -> None:
    path = write(pd.DataFrame({"text": ["good", "bad"], "key": ["a", "a"]}), tmp_path / "a.csv")
    with pytest.raises(DataError, match="the id 'a' appears twice"):
        _read(path, "data.id_column=key")


def test_the_default_configuration_reads_the_column_text(tmp_path: Path) -> None:
    path = write(pd.DataFrame({"text": ["good"]}), tmp_path / "a.csv")
    assert _texts(read_inputs(SentimentConfig(), path)) == ["good"]
