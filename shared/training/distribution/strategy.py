"""Choosing a `tf.distribute` strategy, and what it asks of a batch.

The batch is global: `train.batch_size` examples make one optimizer step, however many replicas
share them. So the learning rate stays as it is when replicas are added (Goyal et al. 2017 scale it
because they enlarge the batch).
"""

from __future__ import annotations

import functools
import os

import tensorflow as tf
from tensorflow.python.distribute.collective_all_reduce_strategy import CollectiveAllReduceExtended

from shared.cluster.worker_process import note_joining
from shared.config import TrainConfig
from shared.config.setting_text import set_option
from shared.errors import ConfigError

__all__ = ["check_batch", "is_multi_worker", "make_strategy", "worker_hosts"]


def is_multi_worker(config: TrainConfig) -> bool:
    """Whether this process is one of several workers that train together.

    Raises:
        ConfigError: `multi_worker` is asked for, but no cluster is described.
    """
    has_cluster = bool(os.environ.get("TF_CONFIG"))
    if config.strategy == "multi_worker" and not has_cluster:
        raise ConfigError(
            "train.strategy=multi_worker needs a cluster, but TF_CONFIG is not set. Start the"
            " workers with `python -m pipelines launch`, or set TF_CONFIG in each"
            f" (deploy/README.md), or use {set_option('train.strategy', 'auto')}"
        )
    return has_cluster and config.strategy in ("auto", "multi_worker")


def make_strategy(config: TrainConfig) -> tf.distribute.Strategy:
    """The strategy of `train.strategy`, over the devices of this machine or of its cluster.

    `auto` takes the cluster if there is one, else all GPUs if there are several, else the one
    device there is. Joining a cluster must come before TensorFlow's first operation; joined once, a
    process stays in it.

    Raises:
        ConfigError: What is asked for is not there.
    """
    if is_multi_worker(config):
        return _join_cluster()
    gpus = tf.config.list_logical_devices("GPU")
    if config.strategy == "mirrored" or (config.strategy == "auto" and len(gpus) > 1):
        return _mirror(gpus or tf.config.list_logical_devices("CPU"), on_gpus=bool(gpus))
    return tf.distribute.get_strategy()


def check_batch(config: TrainConfig, num_replicas: int, num_examples: int) -> None:
    """Refuse a batch that can't be shared out equally.

    Raises:
        ConfigError: `train.batch_size` is no multiple of replicas × `train.gradient_accumulation`,
            or exceeds the training split.
    """
    shares = num_replicas * config.gradient_accumulation
    if config.batch_size % shares:
        raise ConfigError(
            f"train.batch_size={config.batch_size} can't be shared equally by {num_replicas}"
            f" replicas × {config.gradient_accumulation} micro-batches"
            " (train.gradient_accumulation). Use"
            f" {set_option('train.batch_size', -(-config.batch_size // shares) * shares)}"
        )
    if config.batch_size > num_examples:
        fitting = num_examples // shares * shares
        advice = (
            f"Use {set_option('train.batch_size', fitting)} or less."
            if fitting
            else "Use fewer replicas, or more data."
        )
        raise ConfigError(
            f"train.batch_size={config.batch_size} exceeds the {num_examples} training examples."
            f" {advice}"
        )


def worker_hosts(strategy: tf.distribute.Strategy) -> tuple[str, ...]:
    """The host of each process that trains, in their order; several may be on one."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return ("localhost",)
    cluster = strategy.cluster_resolver.cluster_spec().as_dict()
    return tuple(
        address.rpartition(":")[0] for addresses in cluster.values() for address in addresses
    )


@functools.cache
def _join_cluster() -> tf.distribute.Strategy:
    note_joining()
    if not tf.config.list_physical_devices("GPU") and _num_logical_cpus() > 1:
        return _CpuWorkersStrategy()
    return tf.distribute.MultiWorkerMirroredStrategy()


def _mirror(devices: list[tf.config.LogicalDevice], *, on_gpus: bool) -> tf.distribute.Strategy:
    if len(devices) < 2:
        raise ConfigError(
            "train.strategy=mirrored needs at least two devices of one kind; this machine shows"
            f" {len(devices)} ({devices[0].name}). Use"
            f" {set_option('train.strategy', 'auto')}"
        )
    # One process must not hold two collective groups on CPU (they deadlock on shared keys), hence
    # ReductionToOneDevice.
    cross_device = None if on_gpus else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(
        [device.name for device in devices], cross_device_ops=cross_device
    )


def _num_logical_cpus() -> int:
    """Into how many logical devices this process has divided its CPU.

    TensorFlow need not have been started.
    """
    (cpu,) = tf.config.list_physical_devices("CPU")
    return len(tf.config.get_logical_device_configuration(cpu) or [cpu])


class _CpuWorkersStrategy(tf.distribute.MultiWorkerMirroredStrategy):
    """Workers with several logical CPU devices each, as clusters of GPU machines have GPUs.

    `tf.distribute.MultiWorkerMirroredStrategy` uses all GPUs of a worker, but one CPU device,
    whatever there is.
    """

    def __init__(self) -> None:
        options = tf.distribute.experimental.CommunicationOptions()
        tf.distribute.Strategy.__init__(self, _AllCpus(self, None, options))


class _AllCpus(CollectiveAllReduceExtended):
    def _initialize_local_devices(
        self, cluster_resolver: object, worker_device: str
    ) -> tuple[tuple[str, ...], str]:
        del cluster_resolver
        cpus = range(_num_logical_cpus())
        return tuple(f"{worker_device}/device:CPU:{index}" for index in cpus), "CPU"
