from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.speech.reading.inputs import read_inputs
from shared.errors import DataError
from tests.pipelines.speech.sounds import configure, write_tone


def test_a_folder_gives_all_sound_files_and_names_the_unreadable(tmp_path: Path) -> None:
    write_tone(tmp_path / "b.wav")
    write_tone(tmp_path / "deep" / "a.flac", rate_hz=16_000)
    (tmp_path / "c.wav").write_bytes(b"RIFF")
    (tmp_path / "notes.txt").write_text("not sound")
    inputs = read_inputs(configure(), tmp_path)
    assert inputs.ids.tolist() == ["b.wav", "c.wav", "deep/a.flac"]
    assert set(inputs.problems) == {"c.wav"}
    assert inputs.rows(np.array([2]))["wav"][0][:4] == b"RIFF"


def test_one_file_is_one_input(tmp_path: Path) -> None:
    inputs = read_inputs(configure(), write_tone(tmp_path / "a.wav"))
    assert inputs.ids.tolist() == ["a.wav"]
    assert not inputs.problems


def test_a_table_names_files_and_one_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav")
    (tmp_path / "list.csv").write_text("file\na.wav\ngone.wav\n", encoding="utf-8")
    inputs = read_inputs(configure(), tmp_path / "list.csv")
    assert inputs.ids.tolist() == ["a.wav", "gone.wav"]
    assert inputs.problems == {"gone.wav": "there is no such file"}


def test_a_table_without_the_file_column_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path\na.wav\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no column 'file'.*--set data\.file_column="):
        read_inputs(configure(), tmp_path / "list.csv")


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_inputs(configure(), tmp_path / "nowhere")


def test_sound_under_other_names_is_read_or_named(tmp_path: Path) -> None:
    written = write_tone(tmp_path / "a.wav").read_bytes()
    (tmp_path / "b.wave").write_bytes(written)
    (tmp_path / "c").write_bytes(written)
    (tmp_path / "d.webm").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))
    (tmp_path / "e.xyz").write_bytes(bytes(100))
    inputs = read_inputs(configure(), tmp_path)
    assert inputs.ids.tolist() == ["a.wav", "b.wave", "c", "d.webm"]
    assert set(inputs.problems) == {"d.webm"}
    assert inputs.warnings[0].startswith("1 file was not opened, since neither suffix")
    assert inputs.warnings[0].endswith("recordings inside: e.xyz.")


def test_what_is_longer_than_a_row_is_said(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav", seconds=4.0)
    inputs = read_inputs(configure("data.clip_seconds=1.0"), tmp_path)
    assert "75.0% of all sound is unseen" in inputs.warnings[0]
