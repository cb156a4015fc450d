from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.errors import DataError
from shared.loading.files.user_files import files_below, paths_below, printable_name, read_file


def test_files_are_listed_by_name_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt", ".hidden/d.txt", "a/.e"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path)] == [
        "a/c.txt",
        "b.txt",
    ]


def test_a_pipe_and_a_device_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(DataError, match="it is not a regular file"):
            read_file(path)


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as stream:
        stream.truncate(2**40)  # sparse: takes no space
    with pytest.raises(DataError, match="1,048,576 MiB are too much for any file"):
        read_file(tmp_path / "a")


@pytest.mark.parametrize("name", ["../secret.wav", "/etc/passwd", "sub/../../secret.wav"])
def test_a_table_can_not_name_files_outside_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        DataError, match=r"list\.csv, row 2, column 'file': .* lies outside the table's folder"
    ):
        paths_below(tmp_path / "list.csv", ["a.wav", name], column="file")


def test_a_table_may_name_files_below_by_absolute_paths(tmp_path: Path) -> None:
    assert paths_below(tmp_path / "list.csv", [str(tmp_path / "a.wav")], column="file") == [
        tmp_path / "a.wav"
    ]


def test_a_name_that_is_not_utf8_can_be_written(tmp_path: Path) -> None:
    assert printable_name(Path(os.fsdecode(b"caf\xe9.png"))) == "caf\\xe9.png"


def test_a_name_with_control_characters_is_written_out() -> None:
    assert printable_name(Path("a\x1b[31m.png")) == "a\\x1b[31m.png"


@pytest.mark.parametrize(
    "name", [r"Sub\a b.wav", "sub/a b.wav", "Sub/A B.WAV", "Sub/a\u00a0b.wav", "Sub/a b.wav "]
)
def test_a_file_of_the_same_name_in_another_form_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "Sub").mkdir()
    (tmp_path / "Sub" / "a b.wav").write_bytes(b"x")
    with pytest.raises(DataError, match=r"no such file, but .*Sub/a b\.wav: only the form"):
        read_file(tmp_path / name)


def test_a_file_of_another_name_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"x")
    with pytest.raises(DataError, match=r"^there is no such file$"):
        read_file(tmp_path / "b.wav")
