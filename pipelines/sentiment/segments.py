"""The segments of a text's explanation: its words."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.tokenizer import split_words
from pipelines.sentiment.reading.words import REMOVED, find_words
from shared.contract import Axis, Mask, Rows, Segments
from shared.loading.text_columns import as_column, as_text

__all__ = ["build_segments"]

_MARKS = string.punctuation + "“”‘’…–—"
"""Beside a word they are no part of it when words of many texts are counted."""
_CLOSING = "\"'”’)]"
_SENTENCE_MARKS = frozenset(".!?…")
_PHRASE_MARKS = _SENTENCE_MARKS | frozenset(",;:–—")
_LONGEST_PHRASE = 6


def build_segments(config: SentimentConfig, row: Rows) -> Segments:
    """Words between spaces.

    A removed one leaves as many marks as it has tokens, each of which the tokenizer knows as "some
    word", so that the others keep their places: with fewer, words beyond the model's limit would
    move into its sight. All else, spaces included, stays byte by byte. A text without words has
    itself as its only segment.
    """
    del config
    column = row["text"]
    text = as_text(column[0])
    places = find_words(text) or [(0, len(text))]
    words = [text[start:stop] for start, stop in places]
    marks = [" ".join([REMOVED] * count) for count in _count_tokens(words)]
    mask = _mask(column, words, marks, _gaps(text, places))
    starts = np.arange(len(words), dtype=np.float64)
    spans = np.stack([starts, starts + 1], axis=-1)
    extent = np.array([[1.0, float(len(words))]])
    return Segments(
        names=tuple(words),
        axes=(Axis("word", "words"),),
        spans=spans[:, None, :],  # (segments, axes, 2)
        extent=extent,
        canvas=np.array(words),
        mask=mask,
        removal="placeholder",
        places=_without_marks(words),
        naive_orders={"longest word": _lengths(words)},
        groups=_sentences_and_phrases(words),
    )


def _sentences_and_phrases(words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sentence and the phrase of each word: they end behind marks, phrases also when long."""
    sentences = []
    phrases = []
    sentence = 0
    phrase = 0
    length = 0
    for word in words:
        sentences.append(sentence)
        phrases.append(phrase)
        length += 1
        last = word.rstrip(_CLOSING)[-1:]
        sentence += last in _SENTENCE_MARKS
        if last in _PHRASE_MARKS or length == _LONGEST_PHRASE:
            phrase += 1
            length = 0
    return np.array(sentences, dtype=np.int64), np.array(phrases, dtype=np.int64)


def _mask(
    column: NDArray[Any], words: Sequence[str], marks: Sequence[str], gaps: Sequence[str]
) -> Mask:
    """Texts with marks where words are removed."""

    def mask(keep: NDArray[np.bool_]) -> Rows:
        texts = []
        for kept in keep:
            choices = zip(words, marks, kept, strict=True)
            shown = [word if is_kept else mark for word, mark, is_kept in choices]
            texts.append("".join(gap + word for gap, word in zip(gaps, [*shown, ""], strict=True)))
        return {"text": as_column(texts, like=column)}

    return mask


def _lengths(words: Sequence[str]) -> NDArray[np.float64]:
    """In characters."""
    return np.array([len(word) for word in words], dtype=np.float64)


def _without_marks(words: Sequence[str]) -> tuple[str, ...]:
    """Words as many texts share them; one of marks only stays as it is."""
    return tuple(word.lower().strip(_MARKS) or word for word in words)


def _count_tokens(words: Sequence[str]) -> list[int]:
    """Tokens of each word, at least one, so that a mark stands for it."""
    counts = split_words(as_column(words, like=np.array([b""], dtype=object))).row_lengths()
    return [max(int(count), 1) for count in counts.numpy()]


def _gaps(text: str, places: Sequence[tuple[int, int]]) -> list[str]:
    """What stands before each word, and behind the last."""
    starts = [0, *(stop for _, stop in places)]
    stops = [*(start for start, _ in places), len(text)]
    return [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
