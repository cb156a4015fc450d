"""What the served graph refuses, as reading does: text that is none, holds nothing or is a book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.reading.texts import EMPTY, NUL, too_long
from shared.contract import Refusal, Rows
from shared.loading.batches.wire_bytes import first_words, said

__all__ = ["build_refusals", "unusable_items"]

_NOT_TEXT = "not UTF-8"

_BYTES_A_CHARACTER = 4
"""The most that UTF-8 needs."""

_BLANK = r"[\pZ\pC]*"
"""White space, control and format characters: what `is_blank` calls blank."""


def build_refusals(config: SentimentConfig) -> tuple[Refusal, ...]:
    """The rules on `text`, in the order in which reading asks."""
    most = config.data.max_text_characters
    before, after = too_long(config.data)

    def refuse_text(wire: Mapping[str, Any]) -> Any:
        """(batch,) string -> (batch,) string."""
        texts = wire["text"]
        # Of a text that is too long no rule reads more than a text can have.
        head = tf.strings.substr(texts, 0, _BYTES_A_CHARACTER * most)
        is_text = tf.strings.unicode_transcode(head, "UTF-8", "UTF-8", errors="replace") == head
        num_characters = tf.strings.length(texts, unit="UTF8_CHAR")
        is_long = num_characters > most
        rules = [
            (~(is_text | is_long), _NOT_TEXT),
            (tf.strings.regex_full_match(head, r"(?s).*\x00.*"), NUL),
            (tf.strings.regex_full_match(head, _BLANK), EMPTY),
            (is_long, said(before, num_characters, after)),
        ]
        return first_words(rules)

    return (refuse_text,)


def unusable_items(config: SentimentConfig) -> Mapping[str, Rows]:
    """One text of each kind that is refused."""
    texts: dict[str, bytes] = {
        "empty": b"",
        "blank": b" \t\r\n",
        "control characters": b"\x01\x1f",
        "characters without width": "\u200b\u00ad\ufeff".encode(),
        "not UTF-8": "caf\u00e9".encode("latin-1"),
        "half a character": b"fine \xe2\x82",
        "bytes of a file": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        "NUL": b"fine\x00",
        "too long": b"a" * (config.data.max_text_characters + 1),
    }
    return {kind: {"text": np.array([text], dtype=object)} for kind, text in texts.items()}
