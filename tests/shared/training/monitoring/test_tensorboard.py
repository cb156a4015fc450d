from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.util import event_pb2

from shared.errors import RunDirectoryError
from shared.run.progress import SilentProgress
from shared.training.monitoring.tensorboard import STEPS_BETWEEN_POINTS, TensorBoardLog


class Clock:
    examples_per_second: float | None = 100.0
    wait_share: float | None = None


def train(folder: Path, *, epochs: int = 2, initial_epoch: int = 0) -> None:
    """25 steps of a tiny network in each epoch."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    untyped: Any = Clock()
    log = TensorBoardLog(folder, untyped, SilentProgress())
    model.fit(
        np.ones((25, 2)),
        np.ones(25),
        batch_size=1,
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=[log],
        verbose=0,
    )


def points(folder: Path) -> dict[str, list[int]]:
    """Steps of each curve, as a reader of the files finds them."""
    found: dict[str, list[int]] = {}
    for file in sorted(folder.iterdir()):
        for record in tf.data.TFRecordDataset(str(file)):
            event = event_pb2.Event.FromString(record.numpy())
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                assert np.isfinite(tf.make_ndarray(value.tensor))
                found.setdefault(value.tag, []).append(event.step)
    return found


def test_curves_have_a_point_every_few_steps_and_one_for_each_epoch(tmp_path: Path) -> None:
    train(tmp_path / "curves")
    assert STEPS_BETWEEN_POINTS == 20
    every_few, each = [1, 21, 41], [1, 2]
    assert points(tmp_path / "curves") == {
        "step/loss": every_few,
        "step/learning_rate": every_few,
        "epoch/loss": each,
        "epoch/examples_per_second": each,
    }


def test_a_training_that_starts_again_starts_its_curves_again(tmp_path: Path) -> None:
    train(tmp_path / "curves")
    train(tmp_path / "curves", epochs=1)
    assert points(tmp_path / "curves")["epoch/loss"] == [1]


def test_a_resumed_training_goes_on_with_its_curves(tmp_path: Path) -> None:
    train(tmp_path / "curves")
    train(tmp_path / "curves", epochs=3, initial_epoch=2)
    assert sorted(points(tmp_path / "curves")["epoch/loss"]) == [1, 2, 3]


def test_how_to_look_at_them_is_told(tmp_path: Path) -> None:
    class Listener(SilentProgress):
        told = ""

        def log(self, message: str) -> None:
            Listener.told = message

    untyped: Any = Clock()
    log = TensorBoardLog(tmp_path / "curves", untyped, Listener())
    log.on_epoch_begin(0)
    log.on_train_batch_begin(0)
    assert Listener.told == f"Curves: tensorboard --logdir {tmp_path / 'curves'}"


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: str) -> None:
        said = "events.out; No space left on device\n\tFailed to flush 1 events"
        raise tf.errors.ResourceExhaustedError(None, None, said)

    monkeypatch.setattr(tf.summary, "create_file_writer", full)
    with pytest.raises(RunDirectoryError, match=r"curves \(No space.*tensorboard=false.*--resume$"):
        train(tmp_path / "curves")
