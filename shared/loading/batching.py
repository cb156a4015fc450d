"""From lazy examples to `tf.data` batches of prepared tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Examples, Rows
from shared.heads import encode_targets
from shared.progress import Progress
from shared.targets import Target

__all__ = ["Prepared", "as_tensors", "prepare", "training_batches", "validation_batches"]

_CHUNK_ROWS = 256


@dataclass(frozen=True)
class Prepared:
    """One part, ready to be batched.

    Attributes:
        num_examples: How many.
        labels: (n, …) what the loss compares scores with.
        features: Prepared tensors (n, …) by name, or None if they do not fit in memory and are prepared again each epoch.
        fetch: Indices (m,) -> prepared tensors (m, …), from memory or from the source.
        element_spec: Shapes and dtypes of one example's features.
    """

    num_examples: int
    labels: NDArray[Any]
    features: Mapping[str, tf.Tensor] | None
    fetch: Any
    element_spec: Mapping[str, tf.TensorSpec]


def as_tensors(rows: Rows) -> dict[str, tf.Tensor]:
    """NumPy rows as tensors; object and str arrays become string tensors, bytes stay bytes."""
    return {name: tf.constant(values.tolist() if values.dtype.kind in "OUS" else values) for name, values in rows.items()}


def prepare(
    examples: Examples,
    target: Target,
    decode: keras.Model,
    preprocess: keras.Model,
    *,
    cache_limit_mib: int,
    progress: Progress,
) -> Prepared:
    """Run `decode` and `preprocess` over all examples once and keep the result, if it fits.

    Args:
        examples: One part.
        target: What is predicted.
        decode: Wire -> row.
        preprocess: Row -> tensors.
        cache_limit_mib: Largest size in MiB that is kept in memory.
        progress: Is told the share that is done.
    """

    @tf.function(reduce_retracing=True)
    def graph(wire: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return dict(preprocess(decode(wire, training=False), training=False))

    def from_source(indices: NDArray[np.int64]) -> dict[str, tf.Tensor]:
        return dict(graph(as_tensors(examples.rows(indices))))

    labels = encode_targets(target, examples)
    first = from_source(np.arange(min(_CHUNK_ROWS, len(examples))))
    spec = {name: tf.TensorSpec(tensor.shape[1:], tensor.dtype) for name, tensor in first.items()}
    bytes_per_row = sum(tensor.numpy().nbytes for tensor in first.values()) / len(next(iter(first.values())))
    if bytes_per_row * len(examples) > cache_limit_mib * 2**20:
        progress.log(f"{len(examples):,} prepared examples exceed data.cache_limit_mib={cache_limit_mib}: preparing them again each epoch")
        return Prepared(len(examples), labels, None, from_source, spec)
    features = _prepare_all(from_source, first, len(examples), progress)
    return Prepared(len(examples), labels, features, None, spec)


def training_batches(prepared: Prepared, *, batch_size: int, seed: int, first_step: int = 0) -> tf.data.Dataset:
    """Shuffled batches of epoch after epoch without end: fit with `steps_per_epoch=num_examples // batch_size`.

    The uneven last batch of an epoch is dropped, because it would make 1 and 2 replicas diverge. An epoch's order follows from seed
    and epoch alone; `Dataset.shuffle` counts the iterators that were made, and Keras makes more of them under a strategy.

    Args:
        prepared: The training part, at least `batch_size` examples.
        batch_size: Examples in each batch.
        seed: Decides the order, together with the epoch.
        first_step: Where to begin, in steps since the start of the first epoch. The batches are those that a training from step 0
            would see from there on; what lies before is never read.
    """
    first_epoch, steps_done = divmod(first_step, prepared.num_examples // batch_size)

    def batches_of(epoch: tf.Tensor) -> tf.data.Dataset:
        indices = tf.range(prepared.num_examples, dtype=tf.int64)
        order = tf.random.experimental.stateless_shuffle(indices, seed=tf.stack([tf.constant(seed, tf.int64), epoch]))
        num_seen = tf.where(tf.equal(epoch, first_epoch), steps_done * batch_size, 0)
        return tf.data.Dataset.from_tensor_slices(order[num_seen:]).batch(batch_size, drop_remainder=True)

    return _gather(tf.data.Dataset.counter(first_epoch).flat_map(batches_of), prepared)


def validation_batches(prepared: Prepared, *, batch_size: int) -> tf.data.Dataset:
    """Batches in order; every row counts once."""
    return _gather(tf.data.Dataset.range(prepared.num_examples).batch(batch_size), prepared)


def _prepare_all(from_source: Any, first: dict[str, tf.Tensor], num_examples: int, progress: Progress) -> dict[str, tf.Tensor]:
    chunks = [first]
    for start in range(_CHUNK_ROWS, num_examples, _CHUNK_ROWS):
        progress.update(start, num_examples, "preparing")
        chunks.append(from_source(np.arange(start, min(start + _CHUNK_ROWS, num_examples))))
    return {name: tf.concat([chunk[name] for chunk in chunks], axis=0) for name in first}


def _gather(order: tf.data.Dataset, prepared: Prepared) -> tf.data.Dataset:
    # Gathering whole batches from captured tensors: no per-row work, and no 2 GiB limit as for constants in the graph.
    labels = tf.constant(prepared.labels)
    features = prepared.features

    def from_memory(indices: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        return {name: tf.gather(values, indices) for name, values in (features or {}).items()}, tf.gather(labels, indices)

    def from_source(indices: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        names = sorted(prepared.element_spec)
        dtypes = [prepared.element_spec[name].dtype for name in names]
        values = tf.py_function(lambda rows: [prepared.fetch(rows.numpy())[name] for name in names], [indices], dtypes)
        batch = {name: _with_shape(value, prepared.element_spec[name]) for name, value in zip(names, values, strict=True)}
        return batch, tf.gather(labels, indices)

    dataset = order.map(from_source if features is None else from_memory, num_parallel_calls=tf.data.AUTOTUNE)
    options = tf.data.Options()
    options.deterministic = True
    # Data is sharded by row, never by file: there may be fewer files than workers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def _with_shape(value: tf.Tensor, spec: tf.TensorSpec) -> tf.Tensor:
    value.set_shape((None, *spec.shape))
    return value
