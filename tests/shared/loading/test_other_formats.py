from __future__ import annotations

import json
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from shared.errors import DataError
from shared.loading.files.tables import read_table
from shared.loading.labelled.files import find_files
from shared.loading.other_formats import way_out, ways_out_of


def _follow(command: str, folder: Path) -> None:
    python = shlex.quote(sys.executable)
    line = ["bash", "-c", command.replace("python ", f"{python} ", 1)]
    subprocess.run(line, cwd=folder, check=True)


def test_the_command_for_a_json_array_makes_lines_that_are_read(tmp_path: Path) -> None:
    path = tmp_path / "my rows.json"
    path.write_text(json.dumps([{"text": "schön 👍", "label": "1.0"}]), encoding="utf-8")
    _follow(way_out(path).partition(": ")[2], tmp_path)
    table = read_table(tmp_path / "my rows.lines.jsonl")
    assert table.to_dict("records") == [{"text": "schön 👍", "label": "1.0"}]


def test_the_command_for_an_archive_unpacks_it(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "text,label\na,b\n")
    _follow(way_out(path).partition(": ")[2], tmp_path)
    assert (tmp_path / "data" / "a.csv").exists()


def test_the_command_for_texts_in_folders_makes_a_table_that_is_read(tmp_path: Path) -> None:
    for name in ("pos", "neg"):
        (tmp_path / "my texts" / name).mkdir(parents=True)
        (tmp_path / "my texts" / name / "1.txt").write_text(f"schön, {name}", encoding="utf-8")
    with pytest.raises(DataError, match="received no tables") as caught:
        find_files(tmp_path / "my texts")
    _follow(str(caught.value).rpartition("table: ")[2], tmp_path)
    assert read_table(tmp_path / "my texts.csv").to_dict("records") == [
        {"text": "schön, neg", "label": "neg"},
        {"text": "schön, pos", "label": "pos"},
    ]


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods", "a.tar.gz", "a.feather", "A.ZIP"])
def test_each_known_kind_has_a_way_out(name: str) -> None:
    assert way_out(Path(name))


@pytest.mark.parametrize("name", ["a.csv", "zip", "a.docx", "a.npy"])
def test_other_files_have_none(name: str) -> None:
    assert way_out(Path(name)) == ""


def test_the_first_such_file_of_a_folder_is_named(tmp_path: Path) -> None:
    assert ways_out_of(tmp_path) == ""
    (tmp_path / "labels.xlsx").write_bytes(b"")
    assert ways_out_of(tmp_path).startswith(" labels.xlsx is not read. Save the sheet as CSV")
