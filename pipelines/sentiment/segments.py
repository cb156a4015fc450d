"""The segments of a text's explanation: its words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.reading.words import REMOVED, as_column, as_text, find_words
from shared.contract import Axis, Rows, Segments

__all__ = ["build_segments"]


def build_segments(config: SentimentConfig, row: Rows) -> Segments:
    """Words between spaces; a removed one leaves a mark that the tokenizer knows as "some word", so that the others keep their places.

    All else, spaces included, stays byte by byte. A text without words has itself as its only
    segment.
    """
    del config
    column = row["text"]
    text = as_text(column[0])
    places = find_words(text) or [(0, len(text))]
    words = [text[start:stop] for start, stop in places]
    # What stands before each word, and behind the last.
    gaps = [
        text[start:stop]
        for start, stop in zip(
            [0, *(stop for _, stop in places)],
            [*(start for start, _ in places), len(text)],
            strict=True,
        )
    ]

    def mask(keep: NDArray[np.bool_]) -> Rows:
        texts = []
        for kept in keep:
            shown = [
                word if is_kept else REMOVED for word, is_kept in zip(words, kept, strict=True)
            ]
            texts.append("".join(gap + word for gap, word in zip(gaps, [*shown, ""], strict=True)))
        return {"text": as_column(texts, like=column)}

    starts = np.arange(len(words), dtype=np.float64)
    return Segments(
        names=tuple(words),
        axes=(Axis("word", "words"),),
        spans=np.stack([starts, starts + 1], axis=-1)[:, None, :],  # (segments, axes, 2)
        extent=np.array([[1.0, float(len(words))]]),
        canvas=np.array(words),
        mask=mask,
    )
