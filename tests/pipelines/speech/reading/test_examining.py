from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipelines.speech.config import SpeechDataConfig
from pipelines.speech.reading import examining
from pipelines.speech.reading.examining import examine_all
from tests.pipelines.speech.sounds import configure, write_tone


@pytest.fixture
def data(tmp_path: Path) -> SpeechDataConfig:
    return configure(f"data.cache_dir={tmp_path / 'cache'}").data


def _listed(*paths: Path) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [path.name for path in paths],
            "path": [str(path) for path in paths],
            "row": range(1, len(paths) + 1),
        }
    )


def test_an_unreadable_file_is_named_with_its_row_and_the_others_are_measured(
    tmp_path: Path, data: SpeechDataConfig
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    found = examine_all(_listed(broken, write_tone(tmp_path / "good.wav")), data)
    assert (found.readable.tolist(), len(found.measurements), found.hashes[0]) == (
        [False, True],
        1,
        "",
    )
    assert (found.problems[0].file, found.problems[0].row) == ("broken.wav", 1)


def test_what_was_examined_before_is_not_decoded_again(
    tmp_path: Path, data: SpeechDataConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = _listed(
        write_tone(tmp_path / "one.wav"),
        write_tone(tmp_path / "two.wav", rate_hz=16_000, channels=2),
    )
    before = examine_all(listed, data)
    monkeypatch.delattr(examining, "decode_recording")
    again = examine_all(listed, data)
    assert (again.hashes, again.notes) == (before.hashes, before.notes)
    assert repr(again.measurements) == repr(before.measurements)  # NaN is not equal to itself


def test_a_file_that_was_changed_is_examined_again(tmp_path: Path, data: SpeechDataConfig) -> None:
    listed = _listed(write_tone(tmp_path / "one.wav", seconds=0.3))
    before = examine_all(listed, data)
    write_tone(tmp_path / "one.wav", seconds=0.6)
    assert examine_all(listed, data).hashes != before.hashes
