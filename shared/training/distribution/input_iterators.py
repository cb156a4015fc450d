"""Iterators over distributed data that can be closed at once.

Under a strategy TensorFlow 2.21 puts a small dataset on each device, whose autotuner sleeps longer
and longer, up to a minute, and is not woken when the iterator is closed. With a validation after
each epoch a training on two devices so lost minutes, whenever Python's garbage collection came
along. These datasets have a single buffer of fixed size: there is nothing to tune.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tensorflow.python.data.ops import multi_device_iterator_ops

__all__ = ["make_iterator"]


def make_iterator(dataset: Any) -> Any:
    """`iter(dataset)`; a distributed dataset's iterator closes at once."""
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
