from __future__ import annotations

import os
from pathlib import Path

from pipelines.speech.reading.input_stream import stream_inputs
from pipelines.speech.reading.inputs import read_inputs
from tests.pipelines.speech.sounds import configure, write_tone
from tests.pipelines.streams import require_same, require_same_refusal


def test_pieces_are_what_is_read_at_once(tmp_path: Path) -> None:
    write_tone(tmp_path / "b.wav")
    write_tone(tmp_path / "deep" / "a.flac", rate_hz=16_000)
    (tmp_path / "c.wav").write_bytes(b"RIFF")
    (tmp_path / "notes.txt").write_text("not sound")
    os.mkfifo(tmp_path / "pipe.wav")  # must not be waited for
    config = configure("data.clip_seconds=0.2")
    whole = read_inputs(config, tmp_path)
    assert len(whole.problems) == 2
    assert any("Only their middle is looked at" in said for said in whole.warnings)
    for size in (1, 2, 64):
        require_same(whole, stream_inputs(config, tmp_path), size=size)


def test_a_table_and_one_file_are_read_alike(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav")
    table = tmp_path / "list.csv"
    table.write_text("file\na.wav\ngone.wav\n", encoding="utf-8")
    for path in (table, tmp_path / "a.wav"):
        require_same(read_inputs(configure(), path), stream_inputs(configure(), path), size=64)
    assert stream_inputs(configure(), table).files[-1] == table


def test_what_refuses_all_is_refused_alike(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path\na.wav\n", encoding="utf-8")
    for name in ("list.csv", "nowhere"):
        require_same_refusal(read_inputs, stream_inputs, configure(), tmp_path / name)
