from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from shared.config import TrainConfig
from shared.errors import ConfigError
from shared.training.distribution.strategy import check_batch, make_strategy, worker_hosts


def train_config(**changes: Any) -> TrainConfig:
    return TrainConfig().model_copy(update=changes)


def test_auto_without_cluster_or_accelerator_uses_the_one_device() -> None:
    assert make_strategy(train_config()).num_replicas_in_sync == 1


def test_mirrored_uses_every_device() -> None:
    assert make_strategy(train_config(strategy="mirrored")).num_replicas_in_sync == 2


def test_mirrored_on_one_device_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    one_cpu = tf.config.list_logical_devices("CPU")[:1]
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind: one_cpu if kind == "CPU" else []
    )
    with pytest.raises(ConfigError, match="at least two devices"):
        make_strategy(train_config(strategy="mirrored"))


def test_workers_without_a_cluster_are_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="needs a cluster, but TF_CONFIG is not set"):
        make_strategy(train_config(strategy="multi_worker"))


@pytest.mark.parametrize("strategy", ["single", "mirrored"])
def test_a_cluster_does_not_overrule_what_is_asked_for(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "TF_CONFIG",
        '{"cluster": {"worker": ["localhost:1", "localhost:2"]}, "task": {"type": "worker",'
        ' "index": 0}}',
    )
    made = make_strategy(train_config(strategy=strategy))
    assert not isinstance(made, tf.distribute.MultiWorkerMirroredStrategy)


@pytest.mark.parametrize(("batch_size", "next_size"), [(63, 66), (64, 66), (1, 6)])
def test_a_batch_that_can_not_be_shared_is_refused_with_the_next_that_can(
    batch_size: int, next_size: int
) -> None:
    with pytest.raises(
        ConfigError, match=rf"by 2 replicas × 3 micro-batches .*train\.batch_size={next_size}$"
    ):
        check_batch(train_config(batch_size=batch_size, gradient_accumulation=3), 2, 1000)


def test_a_batch_larger_than_the_data_is_refused_with_one_that_fits() -> None:
    with pytest.raises(
        ConfigError, match=r"exceeds the 50 training examples.*train\.batch_size=48 or less"
    ):
        check_batch(train_config(batch_size=64, gradient_accumulation=2), 2, 50)


def test_a_batch_that_can_be_shared_is_accepted() -> None:
    check_batch(train_config(batch_size=66, gradient_accumulation=3), 2, 66)


def test_a_single_process_is_its_own_only_host() -> None:
    assert worker_hosts(make_strategy(train_config())) == ("localhost",)
