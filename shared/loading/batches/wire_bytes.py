"""Bytes of wire items as numbers, in the graph: what a rule needs to look into a file's header.

Nothing here fails, however short an item is: what lies behind its end is 0 or "".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

__all__ = [
    "big_endian",
    "bytes_at",
    "first_words",
    "item_lengths",
    "little_endian",
    "said",
    "text_at",
]


def item_lengths(items: Any) -> Any:
    """Lengths in bytes of (batch,) string: (batch,) int64."""
    return tf.cast(tf.strings.length(items), tf.int64)


def text_at(items: Any, offset: Any, count: int) -> Any:
    """`count` bytes from `offset` on: (batch,) string.

    Args:
        items: (batch,) string.
        offset: (batch,) int64, or one for all.
        count: Bytes wanted; at the end of an item there are fewer.
    """
    lengths = item_lengths(items)
    place = tf.clip_by_value(offset + tf.zeros_like(lengths), 0, lengths)
    return tf.strings.substr(items, place, tf.fill(tf.shape(place), tf.constant(count, tf.int64)))


def bytes_at(items: Any, offset: Any, count: int) -> Any:
    """As `text_at`, as numbers: (batch, count) int64."""
    text = text_at(items, offset, count)
    return tf.cast(tf.io.decode_raw(text, tf.uint8, fixed_length=count), tf.int64)


def little_endian(values: Any) -> Any:
    """(batch, …, bytes) int64 -> (batch, …) int64, the first byte the least."""
    powers = tf.constant([256**place for place in range(values.shape[-1])], tf.int64)
    return tf.reduce_sum(values * powers, axis=-1)


def big_endian(values: Any) -> Any:
    """(batch, …, bytes) int64 -> (batch, …) int64, the first byte the greatest."""
    return little_endian(tf.reverse(values, axis=[-1]))


def said(*parts: Any) -> Any:
    """A sentence of texts and of whole numbers (batch,): (batch,) string."""
    texts = [part if _is_text(part) else tf.strings.as_string(part) for part in parts]
    return tf.strings.join(texts)


def first_words(rules: Iterable[tuple[Any, Any]]) -> Any:
    """What the first broken rule says of each item, "" if none is: (batch,) string.

    Args:
        rules: (batch,) bool, whether it is broken, and its sentence: one, or (batch,).
    """
    in_order = list(rules)
    words = tf.fill(tf.shape(in_order[0][0]), "")
    for is_broken, sentence in reversed(in_order):
        words = tf.where(is_broken, sentence, words)
    return words


def _is_text(part: Any) -> bool:
    return isinstance(part, str) or part.dtype == tf.string
