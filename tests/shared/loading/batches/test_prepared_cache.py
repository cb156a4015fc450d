from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.config.sources import override_config
from shared.contract import Provenance
from shared.loading.batches.prepared_cache import PreparedCache, open_cache
from shared.loading.batches.record_file import Field, RecordFile

FIELDS = (Field(name="x", dtype="float32", shape=(256,)),)
NUM_ROWS = 1024
SIZE = 2**20
"""Bytes of one entry."""


class Listener:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def update(self, done: int, total: int, note: str = "") -> None: ...

    def milestone(self, message: str) -> None: ...

    def log(self, message: str) -> None:
        self.lines.append(message)


class Maker:
    """Counts how often an entry's rows are made."""

    def __init__(self, value: float = 1.0) -> None:
        self.value = value
        self.times = 0

    def __call__(self) -> Iterator[dict[str, NDArray[Any]]]:
        self.times += 1
        for _ in range(4):
            yield {"x": np.full((NUM_ROWS // 4, 256), self.value, np.float32)}


def cache(folder: Path, *, entries: int = 4, origin: str = "one source") -> PreparedCache:
    return PreparedCache(
        folder / "prepared", entries * (SIZE + 1024), origin
    )  # 1 KiB for the header


def ask(
    of: PreparedCache, key: str, maker: Callable[[], Any], listener: Listener | None = None
) -> RecordFile | None:
    return of.open_or_make(key, FIELDS, NUM_ROWS, maker, listener or Listener())


def test_the_second_run_finds_what_the_first_one_made(tmp_path: Path) -> None:
    maker, first, second = Maker(), Listener(), Listener()
    ask(cache(tmp_path), "a", maker, first)
    found = ask(cache(tmp_path), "a", maker, second)
    assert maker.times == 1
    assert found is not None
    assert found.read(np.array([5]))["x"][0, 0] == 1.0
    assert first.lines == ["prepared examples kept on disk, 1.0 MiB"]
    assert second.lines == ["prepared examples found on disk, 1.0 MiB"]


@pytest.mark.parametrize("file", ["records.bin", "header.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_entry_is_made_again_and_said(tmp_path: Path, file: str, damage: str) -> None:
    maker, listener = Maker(), Listener()
    ask(cache(tmp_path), "a", maker)
    _damage(tmp_path / "prepared" / "a" / file, damage)
    found = ask(cache(tmp_path), "a", maker, listener)
    assert maker.times == 2
    assert found is not None
    assert found.is_intact()
    assert "is damaged and made again" in listener.lines[0]


def test_a_crashed_writer_leaves_nothing_that_is_trusted(tmp_path: Path) -> None:
    def crash() -> Iterator[dict[str, NDArray[Any]]]:
        yield {"x": np.zeros((4, 256), np.float32)}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(cache(tmp_path), "a", crash)
    assert [path.name for path in (tmp_path / "prepared").iterdir() if path.is_dir()] == []


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    for key in ("a", "b"):
        (tmp_path / "prepared" / f"{key}.writing").mkdir(parents=True)
        (tmp_path / "prepared" / f"{key}.writing" / "records.bin").write_bytes(b"half")
    ask(cache(tmp_path), "a", Maker())
    assert [path.name for path in (tmp_path / "prepared").iterdir() if path.is_dir()] == ["a"]


def test_of_two_runs_at_once_one_makes_the_entry(tmp_path: Path) -> None:
    makers, found = [Maker(), Maker()], []
    starts = threading.Barrier(2)

    def run(maker: Maker) -> None:
        starts.wait()
        found.append(ask(cache(tmp_path), "a", maker))

    threads = [threading.Thread(target=run, args=[maker]) for maker in makers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(maker.times for maker in makers) == 1
    assert all(records is not None and records.is_intact() for records in found)


def test_waiting_for_another_run_is_said(tmp_path: Path) -> None:
    listener = Listener()
    (tmp_path / "prepared").mkdir()
    is_held = threading.Event()

    def hold() -> None:
        with FileLock(tmp_path / "prepared" / "a.lock"):
            is_held.set()
            time.sleep(0.2)

    other = threading.Thread(target=hold)
    other.start()
    is_held.wait()
    ask(cache(tmp_path), "a", Maker(), listener)
    other.join()
    assert listener.lines[0].startswith("another run is preparing the same examples")


def test_the_least_recently_used_entry_makes_room(tmp_path: Path) -> None:
    small, listener = cache(tmp_path, entries=2), Listener()
    for age, key in enumerate("ab"):
        ask(small, key, Maker())
        os.utime(tmp_path / "prepared" / key, (age, age))
    ask(small, "a", Maker())  # used again, so that b is the oldest
    ask(small, "c", Maker(), listener)
    assert sorted(path.name for path in (tmp_path / "prepared").iterdir() if path.is_dir()) == [
        "a",
        "c",
    ]
    assert "removed the least recently used cache entry" in listener.lines[0]


def test_an_entry_that_is_in_use_can_be_read_on_when_it_is_removed(tmp_path: Path) -> None:
    small = cache(tmp_path, entries=1)
    records = ask(small, "a", Maker(3.0))
    ask(small, "b", Maker())
    assert records is not None
    assert records.read(np.array([NUM_ROWS - 1]))["x"][0, 0] == 3.0


def test_an_entry_that_somebody_fills_is_not_removed(tmp_path: Path) -> None:
    small = cache(tmp_path, entries=1)
    ask(small, "a", Maker())
    with FileLock(tmp_path / "prepared" / "a.lock"):
        ask(small, "b", Maker())
    assert (tmp_path / "prepared" / "a").exists()


def test_what_is_larger_than_the_limit_is_not_kept_and_said(tmp_path: Path) -> None:
    listener = Listener()
    assert ask(cache(tmp_path, entries=0), "a", Maker(), listener) is None
    assert listener.lines == [
        "not kept on disk: 1.0 MiB exceed data.cache_disk_limit_mib=0; if the disk has room:"
        " --set data.cache_disk_limit_mib=2"
    ]


def test_a_full_disk_is_said_and_not_fatal(tmp_path: Path) -> None:
    def full() -> Iterator[dict[str, NDArray[Any]]]:
        yield {"x": np.zeros((4, 256), np.float32)}
        raise OSError(errno.ENOSPC, "No space left on device")

    listener = Listener()
    assert ask(cache(tmp_path), "a", full, listener) is None
    assert (
        "can't be used (No space left on device); choose another, such as --set data.cache_dir=./cache"
        in listener.lines[0]
    )


def test_a_file_in_the_place_of_the_folder_is_said_and_not_fatal(tmp_path: Path) -> None:
    (tmp_path / "prepared").write_text("not a folder")
    listener = Listener()
    assert ask(cache(tmp_path), "a", Maker(), listener) is None
    assert "can't be used (File exists)" in listener.lines[0]


def test_other_errors_of_the_source_are_not_swallowed(tmp_path: Path) -> None:
    def broken() -> Iterator[dict[str, NDArray[Any]]]:
        raise OSError(errno.EIO, "Input/output error")
        yield {}

    with pytest.raises(OSError, match="Input/output error"):
        ask(cache(tmp_path), "a", broken)


def test_keys_name_the_origin_and_every_part(tmp_path: Path) -> None:
    one, other = cache(tmp_path), cache(tmp_path, origin="another source")
    assert len({one.key("a", "b"), one.key("a", "c"), one.key("ab"), other.key("a", "b")}) == 4
    assert one.key("a", "b") == cache(tmp_path).key("a", "b")


def test_settings_that_change_what_is_read_give_other_entries_and_limits_do_not() -> None:
    base = RunConfig(pipeline="speech")
    assert _origin(base) == _origin(
        override_config(base, ["data.cache_limit_mib=1", "data.source=elsewhere", "train.epochs=3"])
    )
    assert _origin(base) != _origin(override_config(base, ["data.test_share=0.3"]))


def test_a_disk_limit_of_zero_means_no_cache() -> None:
    assert (
        open_cache(override_config(RunConfig(), ["data.cache_disk_limit_mib=0"]), PROVENANCE)
        is None
    )


PROVENANCE = Provenance("set", "path", "1", "CC0", "", "checksum", synthetic=False)


def _origin(config: RunConfig) -> str:
    found = open_cache(config, PROVENANCE)
    assert found is not None
    return found.origin


def _damage(path: Path, damage: str) -> None:
    content = bytearray(path.read_bytes())
    match damage:
        case "flip":
            content[10] ^= 0xFF
        case "cut":
            del content[-5:]
        case _:
            path.unlink()
            return
    path.write_bytes(content)
