"""What of a text can't be read, and when two texts are one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pipelines.sentiment.config import SentimentDataConfig
from shared.loading.labelled.content import Content, Fault
from shared.names import is_blank
from shared.same_text import plain_text

__all__ = ["EMPTY", "NUL", "content_of", "text_key", "too_long", "why_unusable"]

EMPTY = "the text is empty"
NUL = "a NUL character, which no text holds"


def content_of(data: SentimentDataConfig) -> Content:
    """The column `text` of labelled rows."""

    def find_fault(values: Sequence[str]) -> Fault | None:
        reason = why_unusable(values[0], data)
        return None if reason is None else Fault(reason, data.text_column)

    return Content(
        columns={"text": data.text_column},
        setting="data.text_column",
        find_fault=find_fault,
        key_of=lambda values: f"text-{text_key(values[0])}",
    )


def why_unusable(text: str, data: SentimentDataConfig) -> str | None:
    """Half a sentence about what keeps a text from being read, or None."""
    if is_blank(text):
        return EMPTY
    if len(text) > data.max_text_characters:
        return str(len(text)).join(too_long(data))
    return None


def too_long(data: SentimentDataConfig) -> tuple[str, str]:
    """What is said of a text that is too long, before and after its number of characters."""
    limit = f"{data.max_text_characters:,}"
    return "the text has ", f" characters, more than the {limit} of data.max_text_characters"


def text_key(text: str) -> str:
    """A short key of texts that are the same (`shared/same_text.py`): SHA-256, 16 hex digits."""
    return hashlib.sha256(plain_text(text).encode(errors="surrogatepass")).hexdigest()[:16]
