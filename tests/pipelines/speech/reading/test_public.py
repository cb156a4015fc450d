from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.speech.data import load
from pipelines.speech.reading.attributes import PITCH, SIGNAL_TO_NOISE, SPEECH_DURATION
from shared.contract import Splits
from shared.errors import DataError
from tests.data.same_splits import assert_same_splits
from tests.pipelines.speech.sounds import configure

_DUMMY = Path("data/fsdd/dummy_data")


def _load_public(
    tmp_path: Path, *assignments: str, preset: str = "fsdd", source: str = "tfds:fsdd"
) -> Splits:
    settings = (f"data.manual_dir={_DUMMY}", f"data.cache_dir={tmp_path / 'cache'}", *assignments)
    return load(configure(*settings, preset=preset, source=Path(source)))


def test_the_official_split_is_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    by_path = load(configure(preset="fsdd", source=_DUMMY / "recordings"))
    assert_same_splits(by_path, _load_public(tmp_path))


def test_a_split_by_speaker_is_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    own = (
        "data.split=entity",
        "data.entity=speaker",
        "data.test_pattern=null",
        "data.validation_pattern=null",
    )
    by_path = load(configure(*own, preset="fsdd", source=_DUMMY / "recordings"))
    assert_same_splits(by_path, _load_public(tmp_path, *own))


def test_without_a_preset_of_its_own_the_dataset_says_labels_speakers_groups_and_parts(
    tmp_path: Path,
) -> None:
    splits = _load_public(tmp_path, "data.split=given", "data.entity=recording", preset="default")
    assert splits.test.ids.tolist() == [
        f"{digit}_{speaker}_0.wav"
        for digit in "01"
        for speaker in ("george", "lucas", "theo", "yweweler")
    ]
    assert list(splits.train.groups) == [
        "accent",
        "sex",
        "speaker",
        PITCH,
        SIGNAL_TO_NOISE,
        SPEECH_DURATION,
    ]
    assert np.unique(splits.train.targets).tolist() == [0, 1]


def test_the_report_learns_title_licence_and_differences(tmp_path: Path) -> None:
    provenance = _load_public(tmp_path).provenance
    assert (provenance.name, provenance.licence) == ("Free Spoken Digit Dataset", "CC-BY-SA-4.0")
    assert any("32 of 3,000 recordings" in note for note in provenance.notes)
    assert any(note.startswith("Speakers are shared between splits") for note in provenance.notes)


def test_a_dataset_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such dataset"):
        _load_public(tmp_path, source="tfds:none")


def test_speech_commands_are_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    folder = Path("data/speech_commands/dummy_data")
    pattern = (
        r"data.filename_pattern='(?P<label>[a-z]+)/(?P<speaker>[0-9a-f]{8})_nohash_(?P<index>\d+)'"
    )
    settings = ("data.split=entity", "data.max_quarantine_share=0.1", "data.sample_rate_hz=16000")
    by_path = load(configure(pattern, *settings, source=folder))
    public = (f"data.manual_dir={folder}", f"data.cache_dir={tmp_path}", *settings)
    assert_same_splits(by_path, load(configure(*public, source=Path("tfds:speech_commands"))))


def test_speech_commands_keep_their_official_parts_which_share_no_speaker(tmp_path: Path) -> None:
    public = (
        f"data.manual_dir={Path('data/speech_commands/dummy_data')}",
        f"data.cache_dir={tmp_path}",
    )
    splits = load(configure(*public, preset="speech_commands", source=Path("tfds:speech_commands")))
    assert [sorted(set(part.entities.tolist()))[0][-1] for part in splits.by_split().values()] == [
        "1",
        "4",
        "6",
    ]
    assert [len(part) for part in splits.by_split().values()] == [9, 6, 9]
