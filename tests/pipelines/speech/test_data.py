from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipelines.speech.data import complete, load, synthesize
from pipelines.speech.reading.attributes import PITCH, SIGNAL_TO_NOISE, SPEECH_DURATION
from pipelines.speech.segments import canvas_frequencies_hz, canvas_times_seconds
from shared.errors import DataError
from tests.pipelines.speech.sounds import configure, tone, write_tone

_PATTERN = r"data.filename_pattern='(?P<label>[a-z]+)_(?P<speaker>[a-z]+)_\d+'"
_SPEAKERS = ("ann", "bob", "cay", "dee", "eve", "fay")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label, frequency_hz in (("low", 300.0), ("high", 1500.0)):
        for speaker in _SPEAKERS:
            for index in range(2):
                write_tone(
                    tmp_path / "clips" / f"{label}_{speaker}_{index}.wav",
                    frequency_hz=frequency_hz,
                    seconds=0.2 + 0.1 * index,
                )
    return tmp_path / "clips"


def test_speakers_do_not_straddle_parts(folder: Path) -> None:
    splits = load(configure(_PATTERN, source=folder))
    speakers = [set(part.entities.tolist()) for part in splits.by_split().values()]
    assert sum(map(len, speakers)) == len(_SPEAKERS) == len(set.union(*speakers))


def test_rows_are_the_bytes_of_the_files(folder: Path) -> None:
    splits = load(configure(_PATTERN, source=folder))
    chosen = np.array([1, 0])
    wav = splits.train.rows(chosen)["wav"]
    assert [len(item) for item in wav] == [
        (folder / name).stat().st_size for name in splits.train.ids[chosen]
    ]
    assert wav[0] == (folder / str(splits.train.ids[1])).read_bytes()


def test_what_was_done_to_the_sound_is_said(folder: Path) -> None:
    write_tone(folder / "low_ann_0.wav", rate_hz=44_100, channels=2)
    notes = load(configure(_PATTERN, source=folder)).provenance.notes
    assert "1 recording was mixed down from 2 channels to their mean." in notes
    assert "Recordings were resampled to 8,000 Hz (soxr, high quality): 1 of 44,100 Hz." in notes


def test_classes_are_the_labels_in_order(folder: Path) -> None:
    splits = load(configure(_PATTERN, source=folder))
    assert splits.target.model_dump()["names"] == ("high", "low")
    assert [name.startswith("low") for name in splits.test.ids] == (
        splits.test.targets == 1
    ).tolist()


def test_a_label_that_the_configuration_does_not_know_is_an_error(folder: Path) -> None:
    with pytest.raises(
        DataError, match=r"low_ann_0\.wav: unknown label 'low'; data\.classes permits high, middle"
    ):
        load(configure(_PATTERN, "data.classes=[high, middle]", source=folder))


def test_one_label_only_is_an_error(tmp_path: Path) -> None:
    for speaker in _SPEAKERS:
        write_tone(tmp_path / f"low_{speaker}_0.wav")
    with pytest.raises(DataError, match="at least two different labels are needed, received 'low'"):
        load(configure(_PATTERN, source=tmp_path))


def test_a_truncated_file_is_set_aside_by_name(folder: Path) -> None:
    broken = folder / "low_ann_0.wav"
    broken.write_bytes(broken.read_bytes()[:500])
    splits = load(configure(_PATTERN, "data.max_quarantine_share=0.1", source=folder))
    (problem,) = splits.quarantine
    assert problem.file == "low_ann_0.wav"
    assert "truncated" in problem.reason
    assert sum(len(part) for part in splits.by_split().values()) == 23


def test_too_many_broken_files_stop_the_run(folder: Path) -> None:
    (folder / "low_ann_0.wav").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"1 of 24 inputs can't be used.*\n.*low_ann_0\.wav: the file is empty"
    ):
        load(configure(_PATTERN, source=folder))


def test_a_file_that_breaks_during_the_run_is_named(folder: Path) -> None:
    splits = load(configure(_PATTERN, source=folder))
    (folder / str(splits.test.ids[0])).unlink()
    with pytest.raises(
        DataError, match=r"there is no such file; it was readable when the run began"
    ):
        splits.test.rows(np.array([0]))


def test_the_checksum_changes_with_the_content_of_a_file(folder: Path) -> None:
    before = load(configure(_PATTERN, source=folder)).provenance.checksum
    assert load(configure(_PATTERN, source=folder)).provenance.checksum == before
    write_tone(folder / "low_ann_0.wav", frequency_hz=310.0, seconds=0.2)
    assert load(configure(_PATTERN, source=folder)).provenance.checksum != before


def test_recordings_of_unknown_speakers_need_a_decision(folder: Path) -> None:
    pattern = r"data.filename_pattern='(?P<label>[a-z]+)_[a-z]+_\d+'"
    with pytest.raises(
        DataError, match=r"the speaker of .* is not given.*--set data\.entity=recording"
    ):
        load(configure(pattern, source=folder))


def test_shared_speakers_are_told(folder: Path) -> None:
    parts = (
        "data.split=given",
        "data.entity=recording",
        "data.test_pattern=ann_0",
        "data.validation_pattern=bob_0",
    )
    splits = load(configure(_PATTERN, *parts, source=folder))
    assert splits.test.ids.tolist() == ["high_ann_0.wav", "low_ann_0.wav"]
    assert "1 of 1 test speakers were heard in training or validation" in splits.provenance.notes[0]


def test_speaker_groups_and_measurements_become_attributes(folder: Path) -> None:
    groups = "data.speaker_groups={ann: {accent: Scottish}, bob: {accent: Welsh}}"
    parts = ("data.split=given", "data.test_pattern=_ann_", "data.validation_pattern=_bob_")
    splits = load(
        configure(_PATTERN, groups, *parts, "data.group_columns=[speaker]", source=folder)
    )
    assert set(splits.test.groups["accent"]) == {"Scottish"}
    assert set(splits.train.groups["accent"]) == {"unknown"}
    assert set(splits.test.groups["speaker"]) == {"ann"}
    assert splits.provenance.conditions == (SIGNAL_TO_NOISE, SPEECH_DURATION)
    assert {PITCH, SIGNAL_TO_NOISE, SPEECH_DURATION} <= set(splits.test.groups)


def test_estimates_and_groups_of_few_people_are_told(folder: Path) -> None:
    notes = load(
        configure(_PATTERN, "data.speaker_groups={ann: {accent: Scottish}}", source=folder)
    ).provenance.notes
    assert sum("is measured from the sound, not recorded" in note for note in notes) == 1
    assert any(
        "Groups of 'accent' of fewer than 10 speakers: Scottish (1)" in note for note in notes
    )


def test_demo_speakers_do_not_straddle_parts() -> None:
    splits = synthesize(configure(), 200, 0)
    assert not set(splits.train.entities) & set(splits.test.entities)
    assert splits.provenance.synthetic


def test_demo_ground_truth_has_the_shape_of_the_canvas() -> None:
    config = configure()
    ground_truth = synthesize(config, 60, 0).test.ground_truth
    assert ground_truth is not None
    assert ground_truth(0).shape == (
        len(canvas_frequencies_hz(config)),
        len(canvas_times_seconds(config)),
    )


def test_demo_ground_truth_moves_with_the_middle_of_the_clip() -> None:
    whole, middle = (
        synthesize(configure(f"data.clip_seconds={seconds}"), 60, 0).test.ground_truth
        for seconds in (1.0, 0.6)
    )
    assert whole is not None
    assert middle is not None
    assert np.array_equal(whole(0)[:, 20:80], middle(0))


def test_demo_clips_come_at_the_models_rate() -> None:
    splits = synthesize(configure("data.sample_rate_hz=16000"), 60, 0)
    assert len(splits.test.rows(np.array([0]))["wav"][0]) == 44 + 2 * 16_000


def test_a_row_is_as_long_as_nearly_all_training_recordings(folder: Path) -> None:
    config = configure(_PATTERN, source=folder)
    completed = complete(config)
    assert completed.data.clip_seconds == 0.3
    assert complete(completed) == completed
    assert complete(configure()).data.clip_seconds == 1.0


def test_sound_that_is_never_looked_at_is_a_warning(folder: Path) -> None:
    config = configure(_PATTERN, "data.clip_seconds=0.2", source=folder)
    (warning,) = load(config).provenance.warnings
    assert "12 of 24 recordings are longer than the 0.2 s of data.clip_seconds" in warning
    assert "20.0% of all sound is unseen. By class: high 20.0%, low 20.0%." in warning


def test_a_class_of_which_nothing_can_be_read_is_an_error(folder: Path) -> None:
    (folder / "flat_ann_0.webm").write_bytes(bytes(100))
    config = configure(_PATTERN, "data.max_quarantine_share=0.1", source=folder)
    with pytest.raises(DataError, match=r"none of the 1 recordings of the class 'flat'"):
        load(config)


def test_files_beside_the_recordings_are_counted_and_named(folder: Path) -> None:
    (folder / "cover.jpg").write_bytes(bytes(100))
    notes = load(configure(_PATTERN, source=folder)).provenance.notes
    assert any("1 file was not opened" in note and "cover.jpg" in note for note in notes)


def test_loud_recordings_are_counted(folder: Path) -> None:
    sound = 19.0 * tone([300.0], 0.3)
    soundfile.write(folder / "low_ann_0.wav", sound, 8000, subtype="FLOAT")
    soundfile.write(folder / "low_ann_1.wav", sound, 8000)
    notes = load(configure(_PATTERN, source=folder)).provenance.notes
    assert any(note.startswith("1 recordings reached beyond full scale") for note in notes)
    assert any(note.startswith("1 recordings are clipped already") for note in notes)
