"""Internals of Keras 3.15 and TensorFlow 2.21 that training relies on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.data.ops import multi_device_iterator_ops

from shared.errors import ConfigError

__all__ = ["make_iterator", "one_replica_spec", "require_known_keras"]

_KNOWN_KERAS = ((3, 15), (3, 16))


def require_known_keras(version: str = keras.__version__) -> None:
    """Refuse a Keras whose trainer is not the one that this module was written for and tested with.

    Raises:
        ConfigError: It is outside the known range.
    """
    release = tuple(int(part) for part in version.split(".")[:2])
    lowest, beyond = _KNOWN_KERAS
    if not lowest <= release < beyond:
        raise ConfigError(
            "Training relies on internals of Keras"
            f" >={lowest[0]}.{lowest[1]},<{beyond[0]}.{beyond[1]}, but Keras {version} is"
            " installed. Install what requirements.txt names (make install)."
        )


def make_iterator(dataset: Any) -> Any:
    """`iter(dataset)`; a distributed dataset's iterator closes at once.

    Under a strategy TensorFlow 2.21 puts a small dataset on each device, whose autotuner sleeps
    longer and longer, up to a minute, and is not woken when the iterator is closed. With a
    validation after each epoch a training on two devices so lost minutes, whenever Python's garbage
    collection came along. Datasets without autotuning have a single buffer of fixed size: there is
    nothing to tune.
    """
    with _without_autotuning():
        return iter(dataset)


@contextmanager
def _without_autotuning() -> Iterator[None]:
    original = multi_device_iterator_ops._create_device_dataset
    options = tf.data.Options()
    options.autotune.enabled = False

    def create(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs).with_options(options)

    multi_device_iterator_ops._create_device_dataset = create
    try:
        yield
    finally:
        multi_device_iterator_ops._create_device_dataset = original


def one_replica_spec(spec: Any) -> Any:
    """Shapes and dtypes of what one replica receives of a distributed dataset's elements."""
    return keras.tree.map_structure(
        lambda leaf: leaf._value_specs[0] if hasattr(leaf, "_value_specs") else leaf, spec
    )
