"""Choosing a `tf.distribute` strategy."""

from __future__ import annotations

from typing import Literal

import tensorflow as tf

from shared.errors import ConfigError

__all__ = ["make_strategy"]


def make_strategy(name: Literal["auto", "single", "mirrored"]) -> tf.distribute.Strategy:
    """The strategy called `name`, over the devices of this machine.

    `auto` mirrors over all GPUs if there are several and else uses the one device there is.

    Raises:
        ConfigError: `mirrored` is asked for, but there is only one device.
    """
    gpus = tf.config.list_logical_devices("GPU")
    if name == "single" or (name == "auto" and len(gpus) < 2):
        return tf.distribute.get_strategy()
    devices = gpus or tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        raise ConfigError(
            f"train.strategy=mirrored needs at least two devices of one kind; this machine shows {len(devices)} "
            f"({devices[0].name}). Use train.strategy=auto."
        )
    # One process must not hold two collective groups on CPU (they deadlock on shared keys), hence ReductionToOneDevice.
    cross_device = None if gpus else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy([device.name for device in devices], cross_device_ops=cross_device)
