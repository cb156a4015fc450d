"""Which encoding a text file has.

By its byte order mark, by what the user says, and at least a guess for the message.

The guess is not left to charset-normalizer: it is made for pages, and the cell at fault is often a
word. Version 3.5.2 reads "schön" in cp1252 as cp1006 and the Greek of our test as Big5, and calls
all cp1252 cp1250, which has other letters where French and Spanish have theirs.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from itertools import pairwise

__all__ = ["encoding_by_mark", "guess_encoding"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In Latin scripts, letters beyond ASCII stand alone between others; in others they stand together.
_DENSE_SHARE = 0.5
_SCRIPTS: tuple[tuple[str, float, Callable[[str], bool]], ...] = (
    ("shift_jis", 0.2, lambda letter: "\u3040" <= letter <= "\u30ff"),
    ("euc_kr", 0.95, lambda letter: "\uac00" <= letter <= "\ud7a3"),
    ("cp1251", 0.9, lambda letter: "\u0400" <= letter <= "\u045f"),
    ("cp1253", 0.9, lambda letter: "\u0384" <= letter <= "\u03ce"),
    ("gb18030", 0.9, lambda letter: "\u3000" <= letter <= "\u9fff" or letter >= "\uff00"),
)
"""Encoding -> the share of its letters beyond ASCII that are of its script, if the text is in
it."""


def encoding_by_mark(start: bytes) -> str | None:
    """The encoding that a file's first four bytes announce (UTF-8, UTF-16, UTF-32), or None."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def guess_encoding(sample: bytes) -> str | None:
    """The likely encoding of a text that is not UTF-8: a guess for a message, never used to read.

    Args:
        sample: Bytes from the beginning of the file.
    """
    if b"\0" in sample:
        return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
    high = [byte > 127 for byte in sample]
    neighbours = sum(first and second for first, second in pairwise(high))
    if neighbours < _DENSE_SHARE * sum(high):
        return next((name for name in ("cp1252", "cp1250") if _is_latin(sample, name)), None)
    return next(
        (name for name, share, belongs in _SCRIPTS if _share(sample, name, belongs) >= share), None
    )


def _share(sample: bytes, encoding: str, belongs: Callable[[str], bool]) -> float:
    """Share of the letters beyond ASCII that belong to a script.

    0 if the bytes are not of this encoding.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    letters = [letter for letter in text if letter > "\x7f"]
    if any(first.islower() and second.isupper() for first, second in pairwise(text)):
        return 0.0  # no word goes on in capitals; Greek read as Cyrillic seems to
    return sum(map(belongs, letters)) / max(1, len(letters))


def _is_latin(sample: bytes, encoding: str) -> bool:
    """Whether nothing but letters stands within words."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    inner = (
        text[place]
        for place in range(1, len(text) - 1)
        if text[place - 1].isalpha() and text[place + 1].isalpha()
    )
    return all(
        letter.isalpha() or letter < "\x80" or letter in "\u2019\u2010\u2013\u2014\xad\xb7"
        for letter in inner
    )
