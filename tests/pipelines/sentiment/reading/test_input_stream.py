from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipelines.sentiment.reading.input_stream import stream_inputs
from pipelines.sentiment.reading.inputs import read_inputs
from tests.pipelines.sentiment import configure, write
from tests.pipelines.streams import require_same, require_same_refusal

TEXTS = ["good", "", "x" * 30_000, "a, b", "né"]


def _table(name: str) -> Callable[[Path], Path]:
    table = pd.DataFrame({"text": TEXTS, "key": [f"r{row}" for row in range(len(TEXTS))]})
    return lambda folder: write(table, folder / name)


def _lines(folder: Path) -> Path:
    (folder / "a.txt").write_bytes(b"good\r\nb\x00d\n\ncaf\xe9\rlast\r\n\nend")
    return folder / "a.txt"


def _wide_lines(folder: Path) -> Path:
    (folder / "a.txt").write_bytes("good\nbad\n".encode("utf-16"))
    return folder / "a.txt"


def _folder(folder: Path) -> Path:
    (folder / "texts").mkdir()
    for number, text in enumerate(TEXTS):
        (folder / "texts" / f"{number}.txt").write_text(text, encoding="utf-8")
    (folder / "texts" / "bad.txt").write_bytes(b"\xff")
    (folder / "texts" / "gone.txt").symlink_to(folder / "nowhere")
    return folder / "texts"


def _keys_in_some(folder: Path) -> Path:
    lines = ['{"key": "a"}', '{"text": "good", "key": "b"}', '{"text": null, "key": "c"}']
    (folder / "a.jsonl").write_text("\n".join(lines))
    return folder / "a.jsonl"


@pytest.mark.parametrize(
    "make",
    [
        *(_table(f"a{suffix}") for suffix in (".csv", ".tsv", ".jsonl", ".parquet", ".csv.gz")),
        _lines,
        _wide_lines,
        _folder,
        _keys_in_some,
    ],
)
@pytest.mark.parametrize("assignments", [(), ("data.id_column=key",)])
def test_pieces_are_what_is_read_at_once(
    tmp_path: Path, make: Callable[[Path], Path], assignments: tuple[str, ...]
) -> None:
    path = make(tmp_path)
    config = configure(*assignments)
    whole = read_inputs(config, path)
    assert len(whole.ids)
    for size in (1, 2, 64):
        require_same(whole, stream_inputs(config, path), size=size)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "key,text\nr1,good\nr1,bad\n"),
        ("a.csv", "key,text\nr1,good\nr2\n"),
        ("a.csv", "key,sentence\nr1,good\n"),
        ("a.jsonl", '{"text": "good"}\n{"text": "bad"}\n{"text": "so", "key": "r1"}\n'),
        ("a.jsonl", '{"sentence": "good"}\n'),
        ("a.csv", ""),
        ("a.txt", ""),
        ("a.xlsx", "text"),
    ],
)
def test_what_refuses_the_whole_does_so_before_anything_is_scored(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    config = configure("data.id_column=key")
    require_same_refusal(read_inputs, stream_inputs, config, tmp_path / name)


def test_an_empty_folder_and_a_missing_file_are_refused_alike(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "nowhere.csv", "nowhere.txt"):
        require_same_refusal(read_inputs, stream_inputs, configure(), tmp_path / name)


def test_a_long_table_is_never_whole_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sentiment.reading.input_stream._READ_ROWS", 3)
    path = write(pd.DataFrame({"text": [f"text {row}" for row in range(20)]}), tmp_path / "a.csv")
    stream = stream_inputs(configure(), path)
    first = next(stream.pieces(2))()
    assert (stream.num_inputs, first.ids.tolist()) == (20, ["1", "2"])
    require_same(read_inputs(configure(), path), stream, size=7)
