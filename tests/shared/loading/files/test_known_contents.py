from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.config import DataConfig
from shared.loading.files.known_contents import KnownContents, open_known


def opened(folder: Path, **changes: object) -> KnownContents:
    data = DataConfig.model_validate({"cache_dir": str(folder), **changes})
    return open_known(data, kind="images", code=("shared/loading",))


def test_facts_are_there_in_the_next_run(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.remember("ab", {"is_flat": True})
    first.save()
    assert opened(tmp_path).get("ab") == {"is_flat": True}
    assert opened(tmp_path).get("cd") is None


def test_other_settings_know_nothing(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.remember("ab", {"is_flat": True})
    first.save()
    assert opened(tmp_path, test_share=0.3).get("ab") is None
    assert opened(tmp_path, cache_limit_mib=7).get("ab") is not None


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'0123\n{"ab": {"is_flat": false}}\n'])
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, damage: bytes) -> None:
    first = opened(tmp_path)
    first.remember("ab", {"is_flat": True})
    first.save()
    next((tmp_path / "images").iterdir()).write_bytes(damage)
    again = opened(tmp_path)
    assert again.get("ab") is None
    again.remember("ab", {"is_flat": True})
    again.save()
    assert opened(tmp_path).get("ab") == {"is_flat": True}


def test_a_disk_limit_of_zero_writes_nothing(tmp_path: Path) -> None:
    nothing = opened(tmp_path, cache_disk_limit_mib=0)
    nothing.remember("ab", {"is_flat": True})
    nothing.save()
    assert nothing.get("ab") is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("in the way")
    known = opened(tmp_path)
    known.remember("ab", {})
    known.save()
    assert known.get("ab") == {}


def test_only_the_newest_files_are_kept(tmp_path: Path) -> None:
    for number in range(12):
        known = opened(tmp_path, max_folds=3 + number)
        known.remember("ab", {})
        known.save()
        for path in (tmp_path / "images").iterdir():
            if path.stat().st_mtime_ns > 10**18:
                os.utime(path, (number, number))
    assert len(list((tmp_path / "images").iterdir())) == 8
    assert opened(tmp_path, max_folds=14).get("ab") == {}
