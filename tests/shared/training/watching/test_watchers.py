from __future__ import annotations

from pathlib import Path

import numpy as np

from shared.training.checkpoints.files import CheckpointFolder, Snapshot
from shared.training.watching.watchers import last_good_checkpoint


def folder_with(path: Path, *weights: float) -> CheckpointFolder:
    """A checkpoint after each of some steps, each with one weight."""
    folder = CheckpointFolder(path, keep=10)
    for step, weight in enumerate(weights, start=1):
        folder.write(
            step,
            Snapshot(
                {"weight": np.array([weight], np.float32), "seed": np.array([7], np.int64)},
                {"best": None},
            ),
        )
    return folder


def test_the_newest_checkpoint_is_the_last_good_one(tmp_path: Path) -> None:
    assert last_good_checkpoint(folder_with(tmp_path, 1.0, 2.0)) == tmp_path / "step-00000002"


def test_one_that_was_saved_with_spoilt_weights_is_not_good(tmp_path: Path) -> None:
    assert (
        last_good_checkpoint(folder_with(tmp_path, 1.0, 2.0, np.nan, np.inf))
        == tmp_path / "step-00000002"
    )


def test_a_damaged_one_is_not_good(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, 1.0, 2.0)
    (tmp_path / "step-00000002" / "arrays.npz").write_bytes(b"lost")
    assert last_good_checkpoint(folder) == tmp_path / "step-00000001"


def test_where_nothing_is_good_there_is_none(tmp_path: Path) -> None:
    assert last_good_checkpoint(folder_with(tmp_path / "spoilt", np.nan)) is None
    assert last_good_checkpoint(CheckpointFolder(tmp_path / "nothing")) is None
