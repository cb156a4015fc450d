from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.loading.files.tables import TABLE_READERS
from tests.fuzz.examination import Reader, examine
from tests.fuzz.readers import all_readers

NAMES = tuple(all_readers())
EXAMPLES = 40
"""Each; `make fuzz` takes thousands."""


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_file_is_used(name: str, tmp_path: Path) -> None:
    reader = all_readers()[name]
    assert examine(reader, tmp_path / "sandbox", reader.whole) == "accepted"


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_a_damaged_file_is_used_or_refused_with_a_reason(
    name: str, tmp_path: Path, data: st.DataObject
) -> None:
    reader = all_readers()[name]
    examine(reader, tmp_path / "sandbox", data.draw(reader.contents))


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def empty(path: Path) -> None:
    path.touch()


MEANS_NOTHING = {("preset YAML", "empty"), ("stage record", "loop"), ("stage record", "dangling")}
"""A preset without differences, and a stage that never ran."""


@pytest.mark.parametrize(
    "place", [pipe, folder, loop, dangling, empty], ids=lambda place: place.__name__
)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"--set"}])
def test_what_is_no_file_is_refused_and_never_waited_for(
    name: str, place: Any, tmp_path: Path
) -> None:
    outcome = examine(all_readers()[name], tmp_path / "sandbox", place=place)
    assert outcome == ("accepted" if (name, place.__name__) in MEANS_NOTHING else "refused")


@pytest.mark.parametrize(
    ("read", "fault"),
    [
        (lambda folder: [][0], "list index out of range"),
        (lambda folder: (folder.parent / "outside").touch(), "left .*outside"),
        (lambda folder: "\ud800", "surrogates not allowed"),
    ],
)
def test_the_examination_catches_a_traceback_a_stray_file_and_a_reason_that_can_not_be_written(
    tmp_path: Path, read: Any, fault: str
) -> None:
    with pytest.raises((IndexError, AssertionError, UnicodeEncodeError), match=fault):
        examine(Reader("saboteur", "a", b"", st.binary(), read), tmp_path / "sandbox", b"")


def test_every_reader_of_tables_is_fuzzed() -> None:
    fuzzed = {name.removeprefix("table ") for name in all_readers() if name.startswith("table .")}
    readers = {TABLE_READERS[suffix] for suffix in fuzzed if suffix in TABLE_READERS}
    assert readers == set(TABLE_READERS.values())
