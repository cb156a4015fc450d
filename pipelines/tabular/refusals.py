"""What the served graph refuses: texts in a column of numbers, and what is no text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from pipelines.tabular.config import TabularConfig
from pipelines.tabular.reading.content import MOST_BYTES, TOO_LONG
from shared.contract import Refusal, Rows
from shared.loading.batches.wire_bytes import first_words
from shared.loading.columns.encoding import are_unreadable
from shared.loading.columns.values import TABULAR, not_a_number

__all__ = ["NOT_TEXT", "build_refusals", "unusable_items"]

NOT_TEXT = "a value is not UTF-8"


def build_refusals(config: TabularConfig) -> tuple[Refusal, ...]:
    """One rule over all columns."""

    def refuse_values(wire: Mapping[str, Any]) -> Any:
        return first_words(_rules(wire[TABULAR], config))

    return (refuse_values,)


def unusable_items(config: TabularConfig) -> Mapping[str, Rows]:
    """One row of each kind that is refused."""
    values = {"too long": (0, b"a" * (MOST_BYTES + 1)), "not UTF-8": (0, b"caf\xe9")}
    for name in config.data.numbers:
        values[f"{name} is no number"] = (config.data.features.index(name), b"no number")
    items = {}
    for kind, (place, value) in values.items():
        row = np.full((1, len(config.data.features)), b"", dtype=object)
        row[0, place] = value
        items[kind] = {TABULAR: row}
    return items


def _rules(texts: Any, config: TabularConfig) -> Iterator[tuple[Any, str]]:
    is_long = tf.reduce_any(tf.strings.length(texts) > MOST_BYTES, axis=1)
    # Of a value that is too long no rule reads more than a value can have.
    heads = tf.strings.substr(texts, 0, MOST_BYTES)
    is_text = tf.strings.unicode_transcode(heads, "UTF-8", "UTF-8", errors="replace") == heads
    yield is_long, TOO_LONG
    yield ~tf.reduce_all(is_text, axis=1), NOT_TEXT
    for name in config.data.numbers:
        place = config.data.features.index(name)
        yield are_unreadable(heads[:, place]), not_a_number(name)
