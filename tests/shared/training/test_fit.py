from __future__ import annotations

import csv
from pathlib import Path

import keras
import numpy as np
import pytest

import tests.contract.toy
from shared.config.sources import resolve_config
from shared.loading.batches.batching import prepare, validation_batches
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.training.compiled_model import make_trainable
from shared.training.fit import fit_model, seed_everything
from shared.training.monitoring.callbacks import HistoryFile
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"


def fit(path: Path, **changes: object) -> tuple[keras.Model, list[dict[str, float]], float]:
    """Trains the toy; returns the model, its history, and its validation loss afterwards."""
    config = resolve_config(
        PIPELINE.config_type,
        PRESETS,
        "smoke",
        [f"train.{key}={value}" for key, value in changes.items()],
    )
    splits = PIPELINE.synthesize(config, 240, 0)
    seed_everything(config.train)
    preprocess, decode = PIPELINE.preprocess(config, splits.train), PIPELINE.decode(config)
    train, val = (
        prepare(
            part, splits.target, decode, preprocess, cache_limit_mib=64, progress=SilentProgress()
        )
        for part in (splits.train, splits.val)
    )
    network = PIPELINE.model(config, splits.target)
    model = make_trainable(
        network,
        splits.target,
        config.train,
        steps_per_epoch=train.num_examples // config.train.batch_size,
    )
    history = HistoryFile(RunDirectory(path))
    fit_model(model, train, val, config.train, [history])
    loss = model.evaluate(validation_batches(val, batch_size=16), verbose=0, return_dict=True)[
        "loss"
    ]
    return model, history.rows, loss


@pytest.mark.parametrize("ema_momentum", ["null", "0.8"])
def test_the_best_epoch_is_kept(tmp_path: Path, ema_momentum: str) -> None:
    # The learning rate is far too high on purpose, so that the last epoch is not the best.
    _, rows, loss = fit(tmp_path, epochs=8, learning_rate=0.5, ema_momentum=ema_momentum)
    assert loss == pytest.approx(min(row["val_loss"] for row in rows), rel=1e-4)


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    first, second = (fit(tmp_path, epochs=2)[0].get_weights() for _ in range(2))
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left, right)


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    first, second = (fit(tmp_path, epochs=1, seed=seed)[0].get_weights() for seed in (0, 1))
    assert any(not np.array_equal(left, right) for left, right in zip(first, second, strict=True))


def test_patience_ends_training_early(tmp_path: Path) -> None:
    _, rows, _ = fit(tmp_path, epochs=30, learning_rate=2.0, patience_epochs=2)
    assert len(rows) < 30


def test_history_is_a_complete_csv_after_every_epoch(tmp_path: Path) -> None:
    fit(tmp_path, epochs=3)
    with (tmp_path / "history.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert {"learning_rate", "loss", "val_loss"} <= rows[0].keys()
