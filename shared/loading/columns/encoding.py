"""From texts of columns to numbers, as a graph that is fitted on the training split.

Each column becomes as many numbers, whatever it holds, so that a network is built without knowing
the values:

    0 not given · 1 given, but not one of the categories · 2 number · 3… one for each category

A number is standardised by mean and spread of the training split; where it is not given, its place
holds 0, the mean, and the first place says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypedDict

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Examples
from shared.loading.columns.values import (
    FEWEST_ROWS,
    NOT_GIVEN,
    NOT_GIVEN_NUMBERS,
    NUMBER_PATTERN,
    TABULAR,
    told_numbers,
)

__all__ = [
    "MOST_CATEGORIES",
    "WIDTH",
    "ColumnFit",
    "EncodeTabular",
    "are_unreadable",
    "fit_tabular",
]

MOST_CATEGORIES = 32
"""Of a column: the most frequent ones; the rest are others."""
_FLAGS = 3
WIDTH = _FLAGS + MOST_CATEGORIES
"""Numbers of each column."""
_CHUNK_ROWS = 256


class ColumnFit(TypedDict):
    """What the training split says of a column: plain values, which the layer stores."""

    number: bool
    mean: float
    scale: float
    categories: list[str]


def fit_tabular(
    columns: Sequence[str], numbers: Sequence[str] | None, train: Examples
) -> list[ColumnFit]:
    """Mean and spread of each number, and the frequent values of each category.

    Args:
        columns: Names, in the order of the wire.
        numbers: Those that are numbers; None: as `told_numbers` tells them.
        train: The training split.
    """
    starts = range(0, len(train), _CHUNK_ROWS)
    chunks = (np.arange(start, min(start + _CHUNK_ROWS, len(train))) for start in starts)
    texts = np.concatenate([train.rows(chunk)[TABULAR] for chunk in chunks])
    if numbers is None:
        table = pd.DataFrame(texts, columns=list(columns))
        numbers = told_numbers(table, setting="data.number_columns")
    plain = _plain(tf.constant(texts.tolist())).numpy()  # (n, columns) bytes
    return [
        _fit_number(plain[:, place]) if name in numbers else _fit_category(plain[:, place])
        for place, name in enumerate(columns)
    ]


def are_unreadable(texts: Any) -> Any:
    """(batch,) string -> (batch,) bool: something is given, and it is no number."""
    plain = _plain(texts)
    is_given = ~_is_in(plain, NOT_GIVEN_NUMBERS)
    return is_given & ~tf.strings.regex_full_match(plain, NUMBER_PATTERN)


def _fit_number(texts: NDArray[Any]) -> ColumnFit:
    numbers, is_given = _read_numbers(tf.constant(texts.tolist()))
    given = numbers.numpy()[is_given.numpy()]
    given = given[np.isfinite(given)]
    mean = float(given.mean()) if len(given) else 0.0
    spread = float(given.std()) if len(given) else 0.0
    # One value alone: there is nothing to divide by but its rounding.
    scale = spread if spread > 1e-9 * max(abs(mean), 1.0) else 1.0
    return ColumnFit(number=True, mean=mean, scale=scale, categories=[])


def _fit_category(texts: NDArray[Any]) -> ColumnFit:
    counts = Counter(text.decode() for text in texts.tolist())
    known = [name for name in counts if name not in NOT_GIVEN and counts[name] >= FEWEST_ROWS]
    known.sort(key=lambda name: (-counts[name], name))
    return ColumnFit(number=False, mean=0.0, scale=1.0, categories=known[:MOST_CATEGORIES])


def _plain(texts: Any) -> Any:
    """Without white space at the ends, in lower case."""
    return tf.strings.lower(tf.strings.strip(texts), encoding="utf-8")


def _is_in(texts: Any, words: Sequence[str]) -> Any:
    return tf.reduce_any(texts[:, None] == tf.constant(list(words)), axis=1)


def _read_numbers(plain: Any) -> tuple[Any, Any]:
    """(batch,) float64, NaN where it can't be read, and whether a value is given."""
    is_readable = tf.strings.regex_full_match(plain, NUMBER_PATTERN)
    numbers = tf.strings.to_number(tf.where(is_readable, plain, "0"), tf.float64)
    nothing = tf.constant(float("nan"), tf.float64)
    return tf.where(is_readable, numbers, nothing), ~_is_in(plain, NOT_GIVEN_NUMBERS)


@keras.saving.register_keras_serializable(package="plumbline")
class EncodeTabular(keras.layers.Layer):
    """Texts (batch, columns) -> numbers (batch, columns, `WIDTH`) float32.

    A text that is no number in a column of numbers becomes NaN, and so does the answer: the served
    graph refuses it before.

    Args:
        columns: What the training split says of each column.
    """

    def __init__(self, columns: Sequence[ColumnFit], **options: Any) -> None:
        super().__init__(**options)
        self.columns = list(columns)

    def call(self, texts: Any) -> Any:
        """Each column by itself."""
        plain = _plain(texts)
        encoded = [_encode(plain[:, place], fit) for place, fit in enumerate(self.columns)]
        return tf.stack(encoded, axis=1)

    def compute_output_spec(self, texts: Any) -> keras.KerasTensor:
        """Tells Keras the result without running string operations on placeholders."""
        return keras.KerasTensor((texts.shape[0], len(self.columns), WIDTH), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "columns": [dict(fit) for fit in self.columns]}


def _encode(plain: Any, fit: ColumnFit) -> Any:
    """(batch,) string -> (batch, `WIDTH`) float32."""
    if fit["number"]:
        numbers, is_given = _read_numbers(plain)
        value = tf.cast((numbers - fit["mean"]) / fit["scale"], tf.float32)
        value = tf.where(is_given, value, 0.0)
        flags = [tf.cast(~is_given, tf.float32), tf.cast(is_given, tf.float32), value]
        return tf.pad(tf.stack(flags, axis=1), [[0, 0], [0, MOST_CATEGORIES]])
    is_given = ~_is_in(plain, NOT_GIVEN)
    # "" stands behind the last category: it is never given.
    names = fit["categories"] + [""] * (MOST_CATEGORIES - len(fit["categories"]))
    is_one = (plain[:, None] == tf.constant(names)) & is_given[:, None]
    is_other = is_given & ~tf.reduce_any(is_one, axis=1)
    flags = tf.stack([~is_given, is_other, tf.zeros_like(is_other)], axis=1)
    return tf.cast(tf.concat([flags, is_one], axis=1), tf.float32)
