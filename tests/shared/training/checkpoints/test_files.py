from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.errors import CheckpointError
from shared.run.fingerprints import fingerprint_path
from shared.training.checkpoints.files import (
    CheckpointFolder,
    Snapshot,
    format_size,
    read_snapshot,
    write_snapshot,
)


def snapshot(value: float, **state: Any) -> Snapshot:
    arrays = {
        "weight": np.full((3, 2), value, np.float32),
        "steps": np.array(7),
        "seed": np.array([1, 2], np.uint32),
    }
    return Snapshot(arrays, {"step": int(value), **state})


def silent(message: str) -> None:
    raise AssertionError(message)


def ignored(message: str) -> None:
    """Whoever does not care what was damaged."""


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "one", snapshot(2.5, history=[{"loss": 0.1 + 0.2}], wait=None))
    read = read_snapshot(tmp_path / "one")
    assert read.state == {"step": 2, "history": [{"loss": 0.1 + 0.2}], "wait": None}
    assert {name: (array.dtype.name, array.shape) for name, array in read.arrays.items()} == {
        "weight": ("float32", (3, 2)),
        "steps": ("int64", ()),
        "seed": ("uint32", (2,)),
    }
    np.testing.assert_array_equal(read.arrays["weight"], snapshot(2.5).arrays["weight"])


@pytest.mark.parametrize("name", ["arrays.npz", "state.json", "manifest.json"])
@pytest.mark.parametrize("how", ["one bit flipped", "cut short", "removed"])
def test_any_damage_is_noticed(tmp_path: Path, name: str, how: str) -> None:
    write_snapshot(tmp_path / "one", snapshot(1.0))
    file = tmp_path / "one" / name
    if how == "one bit flipped":
        damage(file)
    elif how == "cut short":
        file.write_bytes(file.read_bytes()[:-1] if name != "manifest.json" else b"")
    else:
        file.unlink()
    with pytest.raises(CheckpointError, match=r"is damaged|can't be read|has the format"):
        read_snapshot(tmp_path / "one")


def test_a_pickle_is_refused_even_with_a_true_hash(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "one", snapshot(1.0))
    arrays = tmp_path / "one" / "arrays.npz"
    np.savez(arrays, weight=np.array([{"any": "object"}], dtype=object))
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    manifest["files"]["arrays.npz"] = {
        "bytes": arrays.stat().st_size,
        "sha256": fingerprint_path(arrays),
    }
    (tmp_path / "one" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="Object arrays cannot be loaded"):
        read_snapshot(tmp_path / "one")


def test_a_pickle_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_snapshot(
            tmp_path / "one", Snapshot({"weight": np.array([{"any": "object"}], dtype=object)}, {})
        )
    assert not list(tmp_path.iterdir())


def test_the_last_few_are_kept_with_the_best_they_name(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, keep=2)
    for step, best in [(10, 10), (20, 20), (30, 20), (40, 40)]:
        if step == best:
            assert folder.write_best(step, snapshot(best)) == f"best-{best:08d}"
        folder.write(step, snapshot(step, best=f"best-{best:08d}"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best-00000020",
        "best-00000040",
        "step-00000030",
        "step-00000040",
    ]
    stored = folder.read_latest(silent)
    assert stored is not None and stored.best is not None
    assert (stored.name, stored.snapshot.state["step"], stored.best.state["step"]) == (
        "step-00000040",
        40,
        40,
    )


def test_nothing_written_is_nothing_read(tmp_path: Path) -> None:
    assert CheckpointFolder(tmp_path / "none").read_latest(silent) is None


@pytest.mark.parametrize("part", ["step-00000020/arrays.npz", "best-00000020/arrays.npz"])
def test_a_damaged_last_one_falls_back_by_name(tmp_path: Path, part: str) -> None:
    folder = CheckpointFolder(tmp_path)
    for step in (10, 20):
        folder.write_best(step, snapshot(step))
        folder.write(step, snapshot(step, best=f"best-{step:08d}"))
    damage(tmp_path / part)
    said: list[str] = []
    stored = folder.read_latest(said.append)
    assert stored is not None and stored.name == "step-00000010"
    assert (
        len(said) == 1
        and str((tmp_path / part).parent) in said[0]
        and "Falling back to the one before." in said[0]
    )


def test_a_damaged_one_does_not_push_out_good_ones(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, keep=2)
    for step in (10, 20):
        folder.write(step, snapshot(step))
    damage(tmp_path / "step-00000020" / "state.json")
    folder.remove_after("step-00000010")
    folder.write(15, snapshot(15))
    assert folder.names() == ["step-00000010", "step-00000015"]


def test_all_damaged_is_said_with_the_way_out(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    for step in (10, 20):
        folder.write(step, snapshot(step))
        damage(tmp_path / f"step-{step:08d}" / "arrays.npz")
    with pytest.raises(
        CheckpointError,
        match=r"None of the 2 checkpoints .* can be read.*step-00000020.*without --resume",
    ):
        folder.read_latest(ignored)


def test_a_best_outside_the_folder_is_never_read(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "elsewhere", snapshot(1.0))
    folder = CheckpointFolder(tmp_path / "checkpoints")
    folder.write(10, snapshot(10, best="../elsewhere"))
    with pytest.raises(CheckpointError, match="None of the 1 checkpoints"):
        folder.read_latest(ignored)


def test_a_full_disk_leaves_the_last_good_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.write(10, snapshot(10))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        CheckpointError,
        match=(
            r"step-00000020 \(No space left on device\).*last good one is .*step-00000010.*--resume"
        ),
    ):
        folder.write(20, snapshot(20))
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000010"]
    assert read_snapshot(tmp_path / "step-00000010").state["step"] == 10


def test_a_real_limit_of_the_system_leaves_the_last_good_one(tmp_path: Path) -> None:
    # A limit on the size of files stops the write half way, as a disk that fills up does.
    program = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from shared.run.fingerprints import fingerprint_path
from shared.training.checkpoints.files import CheckpointFolder, Snapshot
folder = CheckpointFolder(Path(sys.argv[1]))
folder.write(1, Snapshot({"weight": np.zeros(1000)}, {}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
folder.write(2, Snapshot({"weight": np.zeros(1_000_000)}, {}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "CheckpointError" in done.stderr and "File too large" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]
    read_snapshot(tmp_path / "step-00000001")


_WRITES_ONE_AFTER_THE_OTHER = """
import itertools, sys
from pathlib import Path
import numpy as np
from shared.run.fingerprints import fingerprint_path
from shared.training.checkpoints.files import CheckpointFolder, Snapshot
folder = CheckpointFolder(Path(sys.argv[1]))
for step in itertools.count(1):
    best = folder.write_best(step, Snapshot({"weight": np.full(200_000, float(step))}, {}))
    folder.write(step, Snapshot({"weight": np.full(200_000, float(step))}, {"step": step, "best": best}))
    print(step, flush=True)
"""


def test_killed_at_any_moment_a_readable_one_is_left(tmp_path: Path) -> None:
    # The writer is killed while it writes one after the other, at moments that differ from round to
    # round.
    for pause_ms in range(0, 30, 6):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITES_ONE_AFTER_THE_OTHER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        finished = [int(writer.stdout.readline()) for _ in range(3)][-1]
        time.sleep(pause_ms / 1000)
        writer.send_signal(signal.SIGKILL)
        finished = max([finished, *(int(line) for line in writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
        stored = CheckpointFolder(tmp_path).read_latest(silent)
        assert stored is not None and stored.snapshot.state["step"] >= finished
        CheckpointFolder(tmp_path).remove_after(stored.name)
        assert not list(tmp_path.glob(".writing-*"))
        shutil.rmtree(tmp_path)


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "one", snapshot(1.0))
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert (
        manifest["files"]["arrays.npz"]["bytes"] == (tmp_path / "one" / "arrays.npz").stat().st_size
    )


@pytest.mark.parametrize(
    ("num_bytes", "text"),
    [(12, "12 bytes"), (2048, "2.0 KiB"), (3 << 20, "3.0 MiB"), (5 << 30, "5.0 GiB")],
)
def test_sizes_are_told_in_units_of_people(num_bytes: int, text: str) -> None:
    assert format_size(num_bytes) == text
