from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

import tests.contract.toy
from shared.config.sources import resolve_config
from shared.loading.batches.batching import Prepared, prepare, training_batches, validation_batches
from shared.loading.batches.preparation import Preparation
from shared.loading.batches.prepared_cache import PreparedCache
from shared.run.progress import SilentProgress
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"


def prepared(cache_limit_mib: int, folder: Path | None = None) -> Prepared:
    config = resolve_config(PIPELINE.config_type, PRESETS, "smoke")
    splits = PIPELINE.synthesize(config, 330, 0)
    preprocess = PIPELINE.preprocess(config, splits.train)
    decode = PIPELINE.decode(config)
    cache = None if folder is None else PreparedCache(folder, limit_bytes=2**20, origin="toy")
    return prepare(
        splits.train,
        splits.target,
        decode,
        preprocess,
        cache_limit_mib=cache_limit_mib,
        progress=SilentProgress(),
        cache=cache,
    )


def _refuse(*args: Any) -> Any:
    raise AssertionError("the source was read again")


def epochs_of(part: Prepared, *, seed: int, num_epochs: int = 1) -> Any:
    return training_batches(part, batch_size=32, seed=seed).take(
        num_epochs * (part.num_examples // 32)
    )


def contents(dataset: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    batches = [
        (next(iter(features.values())).numpy(), labels.numpy()) for features, labels in dataset
    ]
    return np.concatenate([features for features, _ in batches]), np.concatenate(
        [labels for _, labels in batches]
    )


@pytest.mark.parametrize("place", ["memory", "disk", "source"])
def test_validation_yields_every_row_once_in_order(place: str, tmp_path: Path) -> None:
    part = prepared(4096 if place == "memory" else 0, tmp_path if place == "disk" else None)
    assert part.place == place
    features, labels = contents(validation_batches(part, batch_size=32))
    assert len(features) == part.num_examples
    np.testing.assert_array_equal(labels, part.labels)


def test_batches_are_the_same_from_memory_from_disk_and_from_the_source(tmp_path: Path) -> None:
    memory, disk, source = prepared(4096), prepared(0, tmp_path), prepared(0)
    reloaded = prepared(4096, tmp_path)  # in memory, but from the disk
    assert [part.place for part in (memory, disk, source, reloaded)] == [
        "memory",
        "disk",
        "source",
        "memory",
    ]
    expected = contents(epochs_of(memory, seed=1))
    for part in (disk, source, reloaded):
        for left, right in zip(expected, contents(epochs_of(part, seed=1)), strict=True):
            np.testing.assert_array_equal(left, right)


def test_what_lies_on_disk_is_not_prepared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(4096, tmp_path)
    monkeypatch.setattr(Preparation, "fetch", _refuse)
    monkeypatch.setattr(Preparation, "chunks", _refuse)
    for limit_mib in (0, 4096):
        contents(validation_batches(prepared(limit_mib, tmp_path), batch_size=32))


def test_training_drops_the_uneven_last_batch_of_each_epoch() -> None:
    part = prepared(4096)
    assert part.num_examples % 32 > 0
    features, _ = contents(epochs_of(part, seed=1))
    assert len(np.unique(features, axis=0)) == part.num_examples // 32 * 32  # no row twice


def test_training_is_shuffled_by_seed() -> None:
    part = prepared(4096)
    assert not np.array_equal(
        contents(epochs_of(part, seed=1))[1], contents(epochs_of(part, seed=2))[1]
    )


def test_each_epoch_has_its_own_order() -> None:
    part = prepared(4096)
    labels = contents(epochs_of(part, seed=1, num_epochs=2))[1]
    first, second = np.split(labels, 2)
    assert not np.array_equal(first, second)


def test_the_order_does_not_depend_on_how_often_the_dataset_was_opened() -> None:
    # Keras opens it once more under a strategy than without one.
    dataset = epochs_of(prepared(4096), seed=1)
    np.testing.assert_array_equal(contents(dataset)[1], contents(dataset)[1])


@pytest.mark.parametrize("first_step", [3, 6, 15])
def test_a_resumed_training_sees_the_batches_that_an_unbroken_one_would_see(
    first_step: int,
) -> None:
    part = prepared(4096)
    assert (
        part.num_examples // 32 == 6
    )  # so that the steps above lie within, at the end of and beyond the first epoch
    whole = training_batches(part, batch_size=32, seed=1).take(20)
    resumed = training_batches(part, batch_size=32, seed=1, first_step=first_step).take(
        20 - first_step
    )
    for left, right in zip(contents(whole.skip(first_step)), contents(resumed), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_resumed_training_does_not_read_what_it_skips() -> None:
    part, read = prepared(0), []

    def recording(indices: NDArray[np.int64]) -> Any:
        read.append(len(indices))
        return part.fetch(indices)

    batches = training_batches(
        replace(part, fetch=recording), batch_size=32, seed=1, first_step=604
    ).take(1)
    contents(batches)
    assert len(read) < 100  # prefetching may read a few batches more than were asked for


def test_the_next_batches_are_read_while_a_step_runs_even_if_tensorflow_is_deterministic() -> None:
    tf.config.experimental.enable_op_determinism()
    part, second_is_read = prepared(0), threading.Semaphore(0)

    def recording(indices: NDArray[np.int64]) -> Any:
        second_is_read.release()
        return part.fetch(indices)

    batches = iter(training_batches(replace(part, fetch=recording), batch_size=32, seed=1))
    next(batches)
    for _ in range(3):
        assert second_is_read.acquire(timeout=10)


def test_replicas_share_the_batches_that_are_read_from_disk(tmp_path: Path) -> None:
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    strategy = tf.distribute.MirroredStrategy(
        devices, cross_device_ops=tf.distribute.ReductionToOneDevice()
    )
    expected = contents(epochs_of(prepared(4096), seed=1))[1]
    shared = iter(
        strategy.experimental_distribute_dataset(epochs_of(prepared(0, tmp_path), seed=1))
    )
    found = [strategy.experimental_local_results(labels) for _, labels in shared]
    assert all(len(parts) == len(devices) == 2 for parts in found)
    np.testing.assert_array_equal(
        np.concatenate([part.numpy() for parts in found for part in parts]), expected
    )
