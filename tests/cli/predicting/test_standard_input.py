from __future__ import annotations

import io
from pathlib import Path

import pytest

from cli.predicting.standard_input import keep_input, kept_input
from shared.errors import UserError


def test_a_pipe_is_kept_beside_the_output_under_its_suffix(tmp_path: Path) -> None:
    place = kept_input(tmp_path / "scores.csv", "jsonl")
    keep_input(io.BytesIO(b'{"text": "good"}\n'), place)
    assert place.name == "scores.csv.part.stdin.jsonl"
    assert place.read_bytes() == b'{"text": "good"}\n'
    assert [path.name for path in tmp_path.iterdir()] == [place.name]
    assert kept_input(tmp_path / "scores.csv", None).suffix == ".txt"


def test_half_of_a_pipe_is_not_taken_for_all(tmp_path: Path) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise KeyboardInterrupt

    place = kept_input(tmp_path / "scores.csv", "csv")
    with pytest.raises(KeyboardInterrupt):
        keep_input(Breaking(b"text"), place)
    assert not place.exists()


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected one of txt, csv, tsv, jsonl, ndjson, parquet"):
        kept_input(tmp_path / "scores.csv", "xlsx")
