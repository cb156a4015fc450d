from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.speech.reading.files import list_recordings
from shared.errors import DataError
from tests.pipelines.speech.sounds import configure, write_tone

_PATTERN = r"data.filename_pattern='(?P<label>\d)_(?P<speaker>[a-z]+)_\d+'"


def _manifest(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_and_speakers_come_from_file_names(tmp_path: Path) -> None:
    write_tone(tmp_path / "sub" / "3_ann_0.wav")
    listing = list_recordings(configure(_PATTERN, source=tmp_path).data)
    row = listing.table.iloc[0]
    assert (row["id"], row["label"], row["speaker"]) == ("sub/3_ann_0.wav", "3", "ann")


def test_a_pattern_with_a_slash_is_matched_with_the_whole_path(tmp_path: Path) -> None:
    write_tone(tmp_path / "yes" / "ann_nohash_0.wav")
    pattern = r"data.filename_pattern='(?P<label>\w+)/(?P<speaker>[a-z]+)_nohash_\d+'"
    row = list_recordings(configure(pattern, source=tmp_path).data).table.iloc[0]
    assert (row["label"], row["speaker"]) == ("yes", "ann")


def test_a_name_that_does_not_match_is_a_named_problem(tmp_path: Path) -> None:
    write_tone(tmp_path / "3_ann_0.wav")
    write_tone(tmp_path / "noise.wav")
    (problem,) = list_recordings(configure(_PATTERN, source=tmp_path).data).problems
    assert problem.file == "noise.wav"
    assert "does not match data.filename_pattern" in problem.reason


def test_no_matching_name_at_all_is_an_error(tmp_path: Path) -> None:
    write_tone(tmp_path / "noise.wav")
    with pytest.raises(DataError, match=r"no file name matches .* the first is 'noise\.wav'"):
        list_recordings(configure(_PATTERN, source=tmp_path).data)


def test_a_folder_that_says_nothing_about_labels_is_an_error_with_both_ways_out(
    tmp_path: Path,
) -> None:
    write_tone(tmp_path / "a.wav")
    with pytest.raises(
        DataError, match=r"columns file, label and speaker, or say.*filename_pattern"
    ):
        list_recordings(configure(source=tmp_path).data)


def test_a_source_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: there is no such file or folder"):
        list_recordings(configure(source=tmp_path / "nowhere").data)


def test_a_sound_file_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a folder of recordings or a manifest"):
        list_recordings(configure(source=write_tone(tmp_path / "a.wav")).data)


def test_a_manifest_gives_labels_speakers_and_groups(tmp_path: Path) -> None:
    path = _manifest(tmp_path, "file,label,speaker,room\na.wav,yes,ann,hall\nb.wav, no ,bob,\n")
    table = list_recordings(configure("data.group_columns=[room]", source=path).data).table
    assert table["label"].tolist() == ["yes", "no"]
    assert table["group:room"].tolist() == ["hall", "unknown"]
    assert table["path"].tolist() == [str(tmp_path / "a.wav"), str(tmp_path / "b.wav")]


def test_a_manifest_inside_the_folder_is_found_by_name(tmp_path: Path) -> None:
    _manifest(tmp_path, "file,label,speaker\na.wav,yes,ann\n")
    listing = list_recordings(configure("data.manifest=list.csv", source=tmp_path).data)
    assert listing.table["id"].tolist() == ["a.wav"]


@pytest.mark.parametrize(
    ("header", "setting"),
    [
        ("label,speaker", "file_column"),
        ("file,speaker", "label_column"),
        ("file,label", "entity"),
    ],
)
def test_a_missing_column_is_named_with_its_setting(
    tmp_path: Path, header: str, setting: str
) -> None:
    path = _manifest(tmp_path, f"{header}\nx,y\n")
    with pytest.raises(
        DataError, match=rf"list\.csv: there is no column .* --set data\.{setting}="
    ):
        list_recordings(configure(source=path).data)


def test_without_speakers_the_recording_can_be_the_entity(tmp_path: Path) -> None:
    path = _manifest(tmp_path, "file,label\na.wav,yes\n")
    assert list_recordings(configure("data.entity=recording", source=path).data).table[
        "speaker"
    ].tolist() == ["unknown"]


def test_a_repeated_file_is_an_error_with_its_row(tmp_path: Path) -> None:
    path = _manifest(tmp_path, "file,label,speaker\na.wav,yes,ann\na.wav,no,bob\n")
    with pytest.raises(DataError, match=r"row 2, column 'file': the id 'a\.wav' appears twice"):
        list_recordings(configure(source=path).data)


def test_an_empty_label_is_a_problem_with_row_and_field(tmp_path: Path) -> None:
    path = _manifest(tmp_path, "file,label,speaker\na.wav,yes,ann\nb.wav,,bob\n")
    listing = list_recordings(configure(source=path).data)
    (problem,) = listing.problems
    assert (problem.file, problem.row, problem.field) == ("b.wav", 2, "label")
    assert listing.table["id"].tolist() == ["a.wav"]


def test_a_group_that_the_pattern_does_not_name_is_an_error(tmp_path: Path) -> None:
    write_tone(tmp_path / "3_ann_0.wav")
    with pytest.raises(
        DataError, match=r"data\.group_columns names 'room', which is no named group"
    ):
        list_recordings(configure(_PATTERN, "data.group_columns=[room]", source=tmp_path).data)


def test_a_manifest_can_not_reach_outside_its_folder(tmp_path: Path) -> None:
    path = _manifest(tmp_path, "file,label,speaker\na.wav,yes,ann\n../b.wav,no,bob\n")
    with pytest.raises(
        DataError, match=r"list\.csv, row 2, column 'file': .* lies outside the table's folder"
    ):
        list_recordings(configure(source=path).data)
