"""Decoding in which an item that can't be decoded costs nobody else's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

__all__ = ["Decoded", "decode_guarded", "is_identity"]

Decoded = tuple[dict[str, Any], Any]
"""Rows by name, and (batch,) bool: which of them were decoded; the others are 0 or ""."""


def decode_guarded(decode: keras.Model, wire: Mapping[str, Any], usable: Any) -> Decoded:
    """Decode the usable items, one by one; of the others nothing but an empty row is made.

    Args:
        decode: Wire batch -> decoded row.
        wire: Tensors with a batch axis.
        usable: (batch,) bool: the items that may be looked into.
    """
    if is_identity(decode):
        rows = decode({name: _emptied(values, usable) for name, values in wire.items()})
        return dict(rows), usable
    return _decode_one_by_one(decode, wire, usable)


def is_identity(decode: keras.Model) -> bool:
    """Whether the wire is the row, so that nothing can fail."""
    return all(
        isinstance(layer, keras.layers.InputLayer | keras.layers.Identity)
        for layer in decode.layers
    )


def _decode_one_by_one(decode: keras.Model, wire: Mapping[str, Any], usable: Any) -> Decoded:
    # A kernel that meets damaged data fails, and with it the whole request. A tf.data pipeline is
    # the one place of a graph where a failure can be left behind: the element is dropped.
    num_items = tf.size(usable, out_type=tf.int64)

    def decode_one(index: Any) -> tuple[Any, dict[str, Any]]:
        item = {name: values[index : index + 1] for name, values in wire.items()}
        rows = decode(item, training=False)
        return index, {name: tf.squeeze(values, axis=0) for name, values in rows.items()}

    chosen = tf.where(usable)[:, 0]
    decoded = tf.data.Dataset.from_tensor_slices(chosen).map(decode_one)
    empty = tf.data.Dataset.from_tensors((num_items, _empty_row(decode)))
    # The empty row comes last; it stands for each that is missing, and no batch is ever empty.
    answers = decoded.ignore_errors().concatenate(empty).batch(num_items + 1)
    indices, rows = answers.get_single_element()
    num_decoded = tf.size(indices, out_type=tf.int64) - 1
    nowhere = tf.fill([num_items + 1], num_decoded)
    places = tf.tensor_scatter_nd_update(nowhere, indices[:, None], tf.range(num_decoded + 1))
    places = places[:num_items]
    return {name: tf.gather(values, places) for name, values in rows.items()}, places < num_decoded


def _empty_row(decode: keras.Model) -> dict[str, Any]:
    return {
        name: _empty(tensor.shape[1:], tf.as_dtype(tensor.dtype))
        for name, tensor in decode.output.items()
    }


def _empty(shape: Any, dtype: tf.DType) -> Any:
    return tf.fill(shape, "") if dtype == tf.string else tf.zeros(shape, dtype)


def _emptied(values: Any, usable: Any) -> Any:
    """`values` with 0 or "" for the items that are not usable."""
    mask = tf.reshape(usable, [-1] + [1] * (values.shape.rank - 1))
    empty = tf.constant("") if values.dtype == tf.string else tf.zeros((), values.dtype)
    return tf.where(mask, values, empty)
