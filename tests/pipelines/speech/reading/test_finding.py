from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.speech.reading.finding import find_recordings
from shared.errors import DataError
from tests.pipelines.speech.sounds import write_tone


def test_a_folder_without_sound_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no sound files"):
        find_recordings(tmp_path)


def test_sound_is_known_by_suffix_or_mark_and_the_rest_is_counted(tmp_path: Path) -> None:
    written = write_tone(tmp_path / "a.wav").read_bytes()
    for name in ("b.xyz", "c"):
        (tmp_path / name).write_bytes(written)
    (tmp_path / "d.m4a").write_bytes(bytes(10))
    (tmp_path / "e.png").write_bytes(bytes(10))
    (tmp_path / "list.csv").write_text("file", encoding="utf-8")
    found, notes = find_recordings(tmp_path)
    assert [path.name for path in found] == ["a.wav", "b.xyz", "c", "d.m4a"]
    assert [note.rsplit(": ", 1)[1] for note in notes] == ["e.png."]
