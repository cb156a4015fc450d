"""Prepared examples, wherever they lie, as `tf.data` batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Examples
from shared.errors import ContractError
from shared.loading.batches.epoch_order import DrawCounts, group_by_length, order_of_epoch
from shared.loading.batches.preparation import Preparation
from shared.loading.batches.prepared_cache import PreparedCache
from shared.loading.batches.record_file import RecordFile
from shared.model.target import encode_targets
from shared.run.progress import Progress
from shared.targets import Target

__all__ = ["Prepared", "batch_indices", "prepare", "training_batches", "validation_batches"]

_BATCHES_AHEAD = 3
_READERS = {"memory": 1, "disk": 4, "source": 1}
"""Threads that fetch. The disk answers several at once; the source's decoding already uses all
processors."""

_MOST_CAPTURED_BYTES = 512 * 2**20
"""Up to this size, TensorFlow holds a split itself and gathers batches in a third of the time; it
copies what it holds up to three times."""


@dataclass(frozen=True)
class Prepared:
    """One split, ready to be batched.

    Attributes:
        num_examples: How many.
        labels: (n, …) what the loss compares scores with.
        features: Prepared tensors (n, …) by name if TensorFlow holds them, else None.
        fetch: Indices (m,) int64 -> prepared arrays (m, …) by name, from wherever they lie.
        element_spec: Shapes and dtypes of one example's features.
        place: Where batches come from. The same rows, bit for bit, from each, on one
            kind of processor.
        sample_weights: (n,) float32: what each row counts for; None where all count alike.
        group_ids: (n,) int32: the group of each row, negative where it has none; None where no loss
            asks for it.
        draw_counts: How often an epoch of training shows rows; None for each once.
        row_lengths: (n,) by which training groups rows into batches; None if it doesn't.

    Raises:
        ContractError: Weights and groups together: a batch has one place for either.
    """

    num_examples: int
    labels: NDArray[Any]
    features: Mapping[str, tf.Tensor] | None
    fetch: Callable[[NDArray[np.int64]], Mapping[str, NDArray[Any]]]
    element_spec: Mapping[str, tf.TensorSpec]
    place: Literal["memory", "disk", "source"]
    sample_weights: NDArray[np.float32] | None = None
    group_ids: NDArray[np.int32] | None = None
    draw_counts: DrawCounts | None = None
    row_lengths: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.sample_weights is not None and self.group_ids is not None:
            raise ContractError(
                "Batches carry the weights of their rows or their groups, received both."
            )

    @property
    def beside_features(self) -> tuple[NDArray[Any], ...]:
        """What batches hold after the features: labels; then weights or groups, if there are any.

        Both stand where Keras has the sample weights of a batch.
        """
        if self.sample_weights is not None:
            return self.labels, self.sample_weights
        if self.group_ids is not None:
            return self.labels, self.group_ids
        return (self.labels,)


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
    """Run `decode` and `preprocess` over all examples once, and keep the result.

    In memory and on disk, as far as the limits allow.

    Args:
        examples: One split.
        target: What is predicted.
        decode: Wire -> row.
        preprocess: Row -> tensors.
        cache_limit_mib: Largest size in MiB that is kept in memory; what is larger is read from
            disk batch by batch.
        progress: Is told the share that is done, and where the result lies.
        cache: The cache on disk, None for none; what fits neither is prepared again each epoch.
    """
    preparation = Preparation(examples, decode, preprocess)
    labels = encode_targets(target, examples)
    stored = _on_disk(preparation, len(examples), cache, progress)
    num_bytes = preparation.row_bytes * len(examples)
    if num_bytes <= cache_limit_mib * 2**20:
        arrays = preparation.in_memory(progress) if stored is None else stored.read_all()
        features = _as_constants(arrays) if num_bytes <= _MOST_CAPTURED_BYTES else None

        def fetch(indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
            return {name: values[indices] for name, values in arrays.items()}

        return Prepared(len(examples), labels, features, fetch, preparation.spec, "memory")
    if stored is not None:
        return Prepared(len(examples), labels, None, stored.read, preparation.spec, "disk")
    progress.log(
        f"{len(examples):,} prepared examples exceed data.cache_limit_mib={cache_limit_mib}:"
        " preparing them again each epoch"
    )
    return Prepared(len(examples), labels, None, preparation.fetch, preparation.spec, "source")


def training_batches(
    prepared: Prepared, *, batch_size: int, seed: int, first_step: int = 0
) -> tf.data.Dataset:
    """Shuffled batches of epoch after epoch without end.

    Fit with `steps_per_epoch=num_examples // batch_size`.

    The uneven last batch of an epoch is dropped, because it would make 1 and 2 replicas diverge. An
    epoch's order follows from seed and epoch alone; `Dataset.shuffle` counts the iterators that
    were made, and Keras makes more of them under a strategy.

    Args:
        prepared: The training split, at least `batch_size` examples.
        batch_size: Examples in each batch.
        seed: Decides the order, together with the epoch.
        first_step: Where to begin, in steps since the start of the first epoch. The batches are
            those that a training from step 0 would see from there on; what lies before is never
            read.
    """
    first_epoch, steps_done = divmod(first_step, prepared.num_examples // batch_size)

    def batches_of(epoch: tf.Tensor) -> tf.data.Dataset:
        order = _order_of_batches(prepared, batch_size=batch_size, seed=seed, epoch=epoch)
        num_seen = tf.where(tf.equal(epoch, first_epoch), steps_done * batch_size, 0)
        left = tf.data.Dataset.from_tensor_slices(order[num_seen:])
        return left.batch(batch_size, drop_remainder=True)

    return _batches(tf.data.Dataset.counter(first_epoch).flat_map(batches_of), prepared)


def batch_indices(
    prepared: Prepared, *, batch_size: int, seed: int, epoch: int, step: int
) -> NDArray[np.int64]:
    """The examples of one of `training_batches`' batches, without making any of them.

    Args:
        prepared: The training split.
        batch_size: Examples in each batch.
        seed: As of `training_batches`.
        epoch: From 0.
        step: Within the epoch, from 0.

    Returns:
        (batch_size,) int64 indices into the training split.
    """
    order = _order_of_batches(
        prepared, batch_size=batch_size, seed=seed, epoch=tf.constant(epoch, tf.int64)
    )
    indices: NDArray[np.int64] = order[step * batch_size : (step + 1) * batch_size].numpy()
    return indices


def _order_of_batches(
    prepared: Prepared, *, batch_size: int, seed: int, epoch: tf.Tensor
) -> tf.Tensor:
    order = order_of_epoch(prepared.num_examples, seed, epoch, prepared.draw_counts)
    lengths = prepared.row_lengths
    if lengths is None:
        return order
    return group_by_length(order, lengths, batch_size=batch_size, seed=seed, epoch=epoch)


def validation_batches(prepared: Prepared, *, batch_size: int) -> tf.data.Dataset:
    """Batches in order; every row counts once."""
    return _batches(tf.data.Dataset.range(prepared.num_examples).batch(batch_size), prepared)


def _as_constants(arrays: Mapping[str, NDArray[Any]]) -> dict[str, tf.Tensor]:
    # Batches are gathered there; on an accelerator the whole split would be copied to and fro.
    with tf.device("CPU:0"):
        return {name: tf.constant(values) for name, values in arrays.items()}


def _on_disk(
    preparation: Preparation, num_examples: int, cache: PreparedCache | None, progress: Progress
) -> RecordFile | None:
    if cache is None:
        return None
    if preparation.fields is None:
        progress.log(
            "not kept on disk: the prepared examples hold texts, whose size differs from row to row"
        )
        return None
    key = cache.key(preparation.fingerprint())
    return cache.open_or_make(
        key, preparation.fields, num_examples, lambda: preparation.chunks(progress), progress
    )


def _batches(order: tf.data.Dataset, prepared: Prepared) -> tf.data.Dataset:
    """The batches whose row indices `order` gives."""
    dataset = (
        _fetched(order, prepared)
        if prepared.features is None
        else _gathered(order, prepared.features, prepared)
    )
    options = tf.data.Options()
    options.deterministic = True
    # Under a strategy its thread does not hear that an iterator is closed, and closing waits for
    # it, up to a minute.
    options.autotune.enabled = False
    # Data is sharded by row, never by file: there may be fewer files than workers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def _gathered(
    order: tf.data.Dataset, features: Mapping[str, tf.Tensor], prepared: Prepared
) -> tf.data.Dataset:
    """Whole batches gathered from captured tensors.

    No per-row work, and no 2 GiB limit as for constants in the graph.
    """
    with tf.device("CPU:0"):
        beside = [tf.constant(np.asarray(array)) for array in prepared.beside_features]

    def gather(indices: tf.Tensor) -> tuple[Any, ...]:
        rows = {name: tf.gather(values, indices) for name, values in features.items()}
        return rows, *(tf.gather(values, indices) for values in beside)

    return order.map(gather, num_parallel_calls=tf.data.AUTOTUNE)


def _fetched(order: tf.data.Dataset, prepared: Prepared) -> tf.data.Dataset:
    """Batches fetched ahead by threads of our own.

    tf.data runs Python functions one by one, and not ahead, once it is deterministic.
    """

    def finished(
        indices: NDArray[np.int64], rows: Future[Mapping[str, NDArray[Any]]]
    ) -> tuple[Any, ...]:
        return dict(rows.result()), *(array[indices] for array in prepared.beside_features)

    def batches() -> Iterator[tuple[Any, ...]]:
        ahead: deque[tuple[NDArray[np.int64], Future[Mapping[str, NDArray[Any]]]]] = deque()
        with ThreadPoolExecutor(
            _READERS[prepared.place], thread_name_prefix="read-ahead"
        ) as readers:
            for indices in order.as_numpy_iterator():
                ahead.append((indices, readers.submit(prepared.fetch, indices)))
                if len(ahead) > _BATCHES_AHEAD:
                    yield finished(*ahead.popleft())
            while ahead:
                yield finished(*ahead.popleft())

    size = order.element_spec.shape[0]
    features = {
        name: tf.TensorSpec((size, *spec.shape), spec.dtype)
        for name, spec in prepared.element_spec.items()
    }
    beside = (
        tf.TensorSpec((size, *array.shape[1:]), array.dtype) for array in prepared.beside_features
    )
    return tf.data.Dataset.from_generator(batches, output_signature=(features, *beside))
