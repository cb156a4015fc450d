"""Prepared examples, wherever they lie, as `tf.data` batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Examples
from shared.heads import encode_targets
from shared.loading.preparation import Preparation
from shared.loading.prepared_cache import PreparedCache
from shared.loading.record_file import RecordFile
from shared.progress import Progress
from shared.targets import Target

__all__ = ["Prepared", "prepare", "training_batches", "validation_batches"]


@dataclass(frozen=True)
class Prepared:
    """One part, ready to be batched.

    Attributes:
        num_examples: How many.
        labels: (n, …) what the loss compares scores with.
        features: Prepared tensors (n, …) by name if they are in memory, else None.
        fetch: Indices (m,) int64 -> prepared arrays (m, …) by name, from the disk or from the source.
        element_spec: Shapes and dtypes of one example's features.
        place: Where batches come from. The same rows, bit for bit, from each.
    """

    num_examples: int
    labels: NDArray[Any]
    features: Mapping[str, tf.Tensor] | None
    fetch: Callable[[NDArray[np.int64]], Mapping[str, NDArray[Any]]]
    element_spec: Mapping[str, tf.TensorSpec]
    place: Literal["memory", "disk", "source"]


def prepare(
    examples: Examples,
    target: Target,
    decode: keras.Model,
    preprocess: keras.Model,
    *,
    cache_limit_mib: int,
    progress: Progress,
    cache: PreparedCache | None = None,
) -> Prepared:
    """Run `decode` and `preprocess` over all examples once, and keep the result in memory and on disk as far as the limits allow.

    Args:
        examples: One part.
        target: What is predicted.
        decode: Wire -> row.
        preprocess: Row -> tensors.
        cache_limit_mib: Largest size in MiB that is kept in memory; what is larger is read from disk batch by batch.
        progress: Is told the share that is done, and where the result lies.
        cache: The cache on disk, None for none; what fits neither is prepared again each epoch.
    """
    preparation = Preparation(examples, decode, preprocess)
    labels = encode_targets(target, examples)
    stored = _on_disk(preparation, len(examples), cache, progress)
    if preparation.row_bytes * len(examples) <= cache_limit_mib * 2**20:
        arrays = preparation.in_memory(progress) if stored is None else stored.read_all()
        with tf.device("CPU:0"):  # batches are gathered there; on an accelerator the whole part would be copied to and fro
            features = {name: tf.constant(values) for name, values in arrays.items()}
        return Prepared(len(examples), labels, features, preparation.fetch, preparation.spec, "memory")
    if stored is not None:
        return Prepared(len(examples), labels, None, stored.read, preparation.spec, "disk")
    progress.log(f"{len(examples):,} prepared examples exceed data.cache_limit_mib={cache_limit_mib}: preparing them again each epoch")
    return Prepared(len(examples), labels, None, preparation.fetch, preparation.spec, "source")


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


def _on_disk(preparation: Preparation, num_examples: int, cache: PreparedCache | None, progress: Progress) -> RecordFile | None:
    if cache is None:
        return None
    if preparation.fields is None:
        progress.log("not kept on disk: the prepared examples hold texts, whose size differs from row to row")
        return None
    key = cache.key(preparation.fingerprint())
    return cache.open_or_make(key, preparation.fields, num_examples, lambda: preparation.chunks(progress), progress)


def _gather(order: tf.data.Dataset, prepared: Prepared) -> tf.data.Dataset:
    # Gathering whole batches from captured tensors: no per-row work, and no 2 GiB limit as for constants in the graph.
    with tf.device("CPU:0"):
        labels = tf.constant(prepared.labels)
    features = prepared.features

    def from_memory(indices: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        return {name: tf.gather(values, indices) for name, values in (features or {}).items()}, tf.gather(labels, indices)

    def by_fetching(indices: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        names = sorted(prepared.element_spec)
        dtypes = [prepared.element_spec[name].dtype for name in names]
        values = tf.numpy_function(lambda rows: _fetch_in_order(prepared, rows, names), [indices], dtypes)
        batch = {name: _with_shape(value, prepared.element_spec[name]) for name, value in zip(names, values, strict=True)}
        return batch, tf.gather(labels, indices)

    dataset = order.map(by_fetching if features is None else from_memory, num_parallel_calls=tf.data.AUTOTUNE)
    options = tf.data.Options()
    options.deterministic = True
    # Data is sharded by row, never by file: there may be fewer files than workers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def _fetch_in_order(prepared: Prepared, indices: NDArray[np.int64], names: list[str]) -> list[NDArray[Any]]:
    fetched = prepared.fetch(indices)
    return [fetched[name] for name in names]


def _with_shape(value: tf.Tensor, spec: tf.TensorSpec) -> tf.Tensor:
    value.set_shape((None, *spec.shape))
    return value
