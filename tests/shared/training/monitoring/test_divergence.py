from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tests.contract.toy
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.errors import TrainingDivergedError
from shared.loading.batches.batching import Prepared, batch_indices, prepare, training_batches
from shared.model.named_inputs import reading_by_name
from shared.model.target import loss
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.targets import Categories
from shared.training.checkpoints.files import CheckpointFolder, Snapshot
from shared.training.monitoring.batch_inspector import BatchInspector
from shared.training.monitoring.divergence import StopOnDivergence, last_good_checkpoint
from tests.contract.toy import PIPELINE
from tests.contract.toy.data import CLASSES

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"
TARGET = Categories(names=CLASSES)


def toy() -> tuple[RunConfig, Prepared, Any]:
    """Configuration, prepared training split and ids of the toy."""
    config = resolve_config(
        PIPELINE.config_type, PRESETS, "smoke", ["train.batch_size=16", "train.seed=3"]
    )
    splits = PIPELINE.synthesize(config, 240, 0)
    preprocess = PIPELINE.preprocess(config, splits.train)
    part = prepare(
        splits.train,
        splits.target,
        PIPELINE.decode(config),
        preprocess,
        cache_limit_mib=64,
        progress=SilentProgress(),
    )
    return config, part, splits.train.ids


def plant(part: Prepared, row: int, value: float) -> Prepared:
    """The same examples, with one number of one of them replaced."""
    assert part.features is not None
    features = {name: values.numpy().copy() for name, values in part.features.items()}
    features["channels"][row, 7, 0] = value
    return dataclasses.replace(
        part, features={name: tf.constant(values) for name, values in features.items()}
    )


def diverge(
    folder: Path,
    config: RunConfig,
    part: Prepared,
    ids: Any,
    *,
    steps_per_execution: int = 1,
    rate: float = 1e-3,
) -> str:
    """Trains until it stops, on the unwrapped network; returns what is said."""
    model = reading_by_name(PIPELINE.model(config, TARGET))
    optimizer = keras.optimizers.SGD(rate)
    model.compile(
        optimizer, loss(TARGET), jit_compile=False, steps_per_execution=steps_per_execution
    )
    guard = StopOnDivergence(
        BatchInspector(ids, part, ids, part, config.train), RunDirectory(folder), lambda: None
    )
    batches = training_batches(part, batch_size=16, seed=3)
    with pytest.raises(TrainingDivergedError) as caught:
        model.fit(
            batches,
            steps_per_epoch=part.num_examples // 16,
            epochs=2,
            callbacks=[guard],
            shuffle=False,
            verbose=0,
        )
    return str(caught.value)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_the_example_with_an_input_that_is_no_number_is_named(value: float, tmp_path: Path) -> None:
    config, part, ids = toy()
    told = diverge(tmp_path, config, plant(part, 41, value), ids)
    assert f"Not finite: {value} in 'channels' of '{ids[41]}' (step " in told
    assert "Repair these examples" in told
    assert "Last good checkpoint: none" in told


def test_preprocessing_that_makes_no_numbers_is_not_blamed_on_one_example(tmp_path: Path) -> None:
    config, part, ids = toy()
    assert part.features is not None
    nothing = dataclasses.replace(
        part, features={name: values * np.nan for name, values in part.features.items()}
    )
    assert "No example is finite: preprocessing" in diverge(tmp_path, config, nothing, ids)


def test_the_file_holds_every_example_of_the_step(tmp_path: Path) -> None:
    config, part, ids = toy()
    told = diverge(tmp_path, config, plant(part, 41, np.inf), ids)
    written = json.loads((tmp_path / "divergence.json").read_text())
    assert f"epoch {written['epoch']}, {written['where']}" in told
    assert len(written["examples"]) == 16
    assert [item["id"] for item in written["examples"] if item["largest_input"] == "inf"] == [
        ids[41]
    ]


def test_steps_seen_together_are_searched_one_by_one(tmp_path: Path) -> None:
    config, part, ids = toy()
    told = diverge(tmp_path, config, plant(part, 41, np.inf), ids, steps_per_execution=5)
    assert "between steps 1 and 5" in told or "between steps 6 and 10" in told
    assert f"'{ids[41]}'" in told


def test_an_input_that_is_far_too_large_is_named_although_it_is_a_number(tmp_path: Path) -> None:
    config, part, ids = toy()
    told = diverge(tmp_path, config, plant(part, 41, 1e30), ids)
    assert "All inputs are finite; the largest is 1e+30 in 'channels'" in told
    assert f"'{ids[41]}'" in told
    assert "The weights no longer are" in told


def test_a_learning_rate_that_is_too_high_is_what_is_offered_to_change(tmp_path: Path) -> None:
    config, part, ids = toy()
    told = diverge(tmp_path, config, part, ids, rate=1e30)
    assert "All inputs are finite" in told
    assert "--set train.learning_rate=" in told


def test_a_loss_that_is_no_number_by_good_weights_is_traced_to_its_example(tmp_path: Path) -> None:
    config, part, ids = toy()
    model = reading_by_name(PIPELINE.model(config, TARGET))
    model.compile("sgd", loss(TARGET), jit_compile=False)
    guard = StopOnDivergence(
        BatchInspector(ids, plant(part, 41, 1e6), ids, part, config.train),
        RunDirectory(tmp_path),
        lambda: Path("runs/x/step-7"),
    )
    guard.set_model(model)
    step = _step_of(41, part)
    guard.on_epoch_begin(0)
    guard.on_train_batch_begin(step)
    with pytest.raises(
        TrainingDivergedError, match=rf"The largest loss is .* of '{ids[41]}'"
    ) as caught:
        guard.on_train_batch_end(step, {"loss": float("inf")})
    assert "Last good checkpoint: runs/x/step-7" in str(caught.value)


def test_an_example_that_spoils_validation_is_named(tmp_path: Path) -> None:
    config, part, ids = toy()
    model = reading_by_name(PIPELINE.model(config, TARGET))
    model.compile("sgd", loss(TARGET), jit_compile=False)
    guard = StopOnDivergence(
        BatchInspector(ids, part, ids, plant(part, 41, np.nan), config.train),
        RunDirectory(tmp_path),
        lambda: None,
    )
    guard.set_model(model)
    guard.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.5})
    with pytest.raises(
        TrainingDivergedError,
        match=rf"The validation loss became nan in epoch 1.*\n.*nan in 'channels' of '{ids[41]}'",
    ):
        guard.on_epoch_end(0, {"loss": 0.5, "val_loss": float("nan")})


def test_of_several_tensors_the_one_that_is_no_number_is_named(tmp_path: Path) -> None:
    config, part, ids = toy()
    model = reading_by_name(PIPELINE.model(config, TARGET))
    model.compile("sgd", loss(TARGET), jit_compile=False)
    features = {
        "large": tf.fill((part.num_examples, 3), 1e6),
        **(plant(part, 41, np.nan).features or {}),
    }
    with_both = dataclasses.replace(part, features=features)
    model.set_weights(
        [np.full_like(weight, np.nan) for weight in model.get_weights()]
    )  # so that it is not called
    found = BatchInspector(ids, with_both, ids, part, config.train).of_step(
        model, 0, _step_of(41, part)
    )
    named = dict(zip(found.ids.tolist(), found.worst_tensors, strict=True))
    assert named.pop(ids[41]) == "channels"
    assert set(named.values()) == {"large"}


def test_a_finite_loss_goes_on_and_what_an_earlier_training_left_goes_away(tmp_path: Path) -> None:
    config, part, ids = toy()
    (tmp_path / "divergence.json").write_text("{}")
    guard = StopOnDivergence(
        BatchInspector(ids, part, ids, part, config.train), RunDirectory(tmp_path), lambda: None
    )
    guard.on_train_begin()
    guard.on_train_batch_end(0, {"loss": 0.5})
    assert not (tmp_path / "divergence.json").exists()


def _step_of(row: int, part: Prepared) -> int:
    steps = range(part.num_examples // 16)
    return next(
        step
        for step in steps
        if row in batch_indices(part, batch_size=16, seed=3, epoch=0, step=step)
    )


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
