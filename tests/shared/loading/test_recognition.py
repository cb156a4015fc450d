from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import DataError
from shared.loading.recognition import recognise_files, sample_rows


def test_only_the_first_rows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 500 + "ragged\n", encoding="utf-8")
    assert len(sample_rows(path)) == 200
    lines = tmp_path / "a.jsonl"
    lines.write_text('{"a": 1}\n' * 300 + "broken", encoding="utf-8")
    assert len(sample_rows(lines)) == 200


def test_of_a_file_whose_first_line_is_data_that_line_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1,1,2\n3,4,5\n", encoding="utf-8")
    assert list(sample_rows(path).columns) == ["1", "2"]


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("no json", encoding="utf-8")
    with pytest.raises(DataError, match="this is not JSON"):
        sample_rows(tmp_path / "a.jsonl")


def test_a_table_of_file_names_speaks_for_their_kind_as_often_as_it_names_them(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text("clip,x\na\\b.WAV,1\nc.wav,2\n", encoding="utf-8")
    found = recognise_files(str(tmp_path), "recordings", {".wav"})
    assert found is not None
    assert (found.reason, found.num_files) == ("a.csv names recordings", 2)
    assert recognise_files(str(tmp_path), "images", {".png"}) is None
