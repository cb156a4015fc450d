"""Unicode form NFC with stock TensorFlow operations: the same letters are the same code points.

`é` is one code point or two, `각` one or three: a keyboard, a PDF or a file system decides.
TensorFlow's own normalisation is in TF-Text, which a stock server does not have.

The Unicode Standard, section 3.11 (D108 to D117): decompose, bring marks into canonical order,
compose. Here only neighbours are composed: a mark that composes with nothing (kasra below a hamza)
keeps those behind it apart. What is canonically equivalent becomes equal all the same, since the
last step sees equal input.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

__all__ = ["compose", "decompose"]

_NONE = -1
_END_OF_TABLES = 0x30000  # no code point behind it has a decomposition or a combining class
_MOST_PIECES = 4  # of one code point: U+1F82 and its like
_MOST_MARKS = 3  # that one code point can take up: the same
# Hangul syllables follow from arithmetic (section 3.12).
_SYLLABLES, _LEADING, _VOWELS, _TRAILING = 0xAC00, 0x1100, 0x1161, 0x11A7
_NUM_SYLLABLES, _NUM_LEADING, _NUM_VOWELS, _NUM_TRAILING = 11_172, 19, 21, 28


class _Tables(NamedTuple):
    """What the Unicode Character Database says, sorted for look-up.

    Attributes:
        composites: (n,) int32: code points with a canonical decomposition, Hangul left out.
        pieces: (n, 4) int32: that decomposition in full, `_NONE` behind its end.
        marks: (m,) int32: code points with a combining class.
        classes: (m,) int64: that class, from 1 to 254.
        pairs: (k,) int64: first × 2²¹ + second of each two that compose.
        primaries: (k,) int32: what they compose to.
    """

    composites: NDArray[np.int32]
    pieces: NDArray[np.int32]
    marks: NDArray[np.int32]
    classes: NDArray[np.int64]
    pairs: NDArray[np.int64]
    primaries: NDArray[np.int32]


def compose(texts: Any) -> Any:
    """Texts (batch,) string -> the same in Unicode form NFC, but for what this file says.

    Canonically equivalent texts become equal bytes. Most texts are in this form, and are passed on
    as they are: linear time, little of it.

    Args:
        texts: UTF-8 without errors.
    """
    unsettled = tf.strings.regex_full_match(texts, _unsettled())
    composed = _composed(tf.boolean_mask(texts, unsettled))
    return tf.tensor_scatter_nd_update(texts, tf.where(unsettled), composed)


def decompose(texts: Any) -> Any:
    """Texts (batch,) string -> the same in Unicode form NFD: each mark is a code point of its own.

    Args:
        texts: UTF-8 without errors.
    """
    return tf.strings.unicode_encode(_take_apart(texts), "UTF-8")


def _take_apart(texts: Any) -> Any:
    return _in_order(_decomposed(tf.strings.unicode_decode(texts, "UTF-8")))


def _composed(texts: Any) -> Any:
    points = _take_apart(texts)
    for _ in range(_MOST_MARKS):
        points = _neighbours_composed(points)
    return tf.strings.unicode_encode(points, "UTF-8")


@cache
def _unsettled() -> str:
    """What matches texts that may not be in form NFC.

    They hold a mark, a code point that decomposes for good, or one that composes with what is
    before it (section 3.11, "NFC_Quick_Check").
    """
    tables = _tables()
    points = {*tables.marks.tolist(), *(tables.pairs % 2**21).tolist()}
    points |= set(tables.composites.tolist()) - set(tables.primaries.tolist())
    points |= set(range(_VOWELS, _TRAILING + _NUM_TRAILING))
    ordered = sorted(points)
    starts = [point for point in ordered if point - 1 not in points]
    ends = [point for point in ordered if point + 1 not in points]
    ranges = "".join(
        rf"\x{{{start:x}}}-\x{{{end:x}}}" for start, end in zip(starts, ends, strict=True)
    )
    return f"(?s).*[{ranges}].*"


def _decomposed(points: Any) -> Any:
    """Ragged (batch, characters) int32 -> each replaced by its pieces."""
    tables = _tables()
    flat = points.flat_values
    place, is_composite = _find(tables.composites, flat)
    pieces = tf.where(is_composite[:, None], tf.gather(tables.pieces, place), _alone(flat))
    syllable = flat - _SYLLABLES
    is_syllable = _is_within(syllable, _NUM_SYLLABLES)
    pieces = tf.where(is_syllable[:, None], _letters(syllable), pieces)  # (characters, 4)
    is_there = pieces != _NONE
    sizes = points.with_values(tf.reduce_sum(tf.cast(is_there, tf.int64), axis=1))
    return tf.RaggedTensor.from_row_lengths(
        tf.boolean_mask(pieces, is_there), tf.reduce_sum(sizes, axis=1), validate=False
    )


def _alone(flat: Any) -> Any:
    return tf.pad(flat[:, None], [[0, 0], [0, _MOST_PIECES - 1]], constant_values=_NONE)


def _letters(syllable: Any) -> Any:
    """Number of a Hangul syllable (n,) -> its letters (n, 4) int32; the third may be missing."""
    trailing = syllable % _NUM_TRAILING
    letters = (
        _LEADING + syllable // (_NUM_VOWELS * _NUM_TRAILING),
        _VOWELS + syllable % (_NUM_VOWELS * _NUM_TRAILING) // _NUM_TRAILING,
        tf.where(trailing > 0, _TRAILING + trailing, _NONE),
        tf.fill(tf.shape(syllable), _NONE),
    )
    return tf.stack(letters, axis=1)


def _in_order(points: Any) -> Any:
    """Marks on one letter, sorted by their combining class; those of one class stay as they are."""
    tables = _tables()
    flat = points.flat_values
    place, is_mark = _find(tables.marks, flat)
    classes = tf.where(is_mark, tf.gather(tables.classes, place), 0)
    rows = points.value_rowids()
    is_first = tf.concat([rows[:1] == rows[:1], rows[1:] != rows[:-1]], axis=0)
    letters = tf.cumsum(tf.cast(~is_mark | is_first, tf.int64))
    positions = tf.range(tf.size(flat, out_type=tf.int64))
    # Letter, class and position in one number: no two are equal, so that any sort is stable.
    keys = (letters * 256 + classes) * 2**31 + positions
    return points.with_values(tf.gather(flat, tf.argsort(keys)))


def _neighbours_composed(points: Any) -> Any:
    """Two neighbours of a text that compose become one; of three, the first two."""
    tables = _tables()
    flat = points.flat_values
    rows = points.value_rowids()
    first = flat[:-1]
    second = flat[1:]
    pair = tf.cast(first, tf.int64) * 2**21 + tf.cast(second, tf.int64)
    place, is_pair = _find(tables.pairs, pair)
    primaries = tf.gather(tables.primaries, place)
    composed = tf.where(is_pair, primaries, _syllables(first, second))
    joins = (composed != _NONE) & (rows[1:] == rows[:-1])
    stays = tf.ones_like(flat[:1], dtype=tf.bool)
    takes_next = tf.concat([joins, ~stays], axis=0)
    changed = tf.where(takes_next, tf.concat([composed, flat[:1]], axis=0), flat)
    kept = tf.concat([stays, ~joins], axis=0)
    return tf.ragged.boolean_mask(points.with_values(changed), points.with_values(kept))


def _syllables(first: Any, second: Any) -> Any:
    """The Hangul syllable of a leading letter and a vowel, or an open one and a trailing letter."""
    leading = first - _LEADING
    vowel = second - _VOWELS
    opens = _is_within(leading, _NUM_LEADING) & _is_within(vowel, _NUM_VOWELS)
    syllable = first - _SYLLABLES
    trailing = second - _TRAILING
    is_open = _is_within(syllable, _NUM_SYLLABLES) & (syllable % _NUM_TRAILING == 0)
    closes = is_open & _is_within(trailing, _NUM_TRAILING) & (trailing > 0)
    opened = _SYLLABLES + (leading * _NUM_VOWELS + vowel) * _NUM_TRAILING
    closed = tf.where(closes, first + trailing, _NONE)
    return tf.where(opens, opened, closed)


def _is_within(number: Any, end: int) -> Any:
    return (number >= 0) & (number < end)


def _find(known: NDArray[Any], wanted: Any) -> tuple[Any, Any]:
    """Where each wanted number (n,) would stand among the known, sorted ones; whether it does."""
    place = tf.minimum(tf.searchsorted(known, wanted), len(known) - 1)
    return place, tf.gather(known, place) == wanted


@cache
def _tables() -> _Tables:
    composites: dict[int, str] = {}
    classes: dict[int, int] = {}
    primaries: dict[int, int] = {}
    for point in range(_END_OF_TABLES):
        character = chr(point)
        if unicodedata.combining(character) > 0:
            classes[point] = unicodedata.combining(character)
        decomposition = unicodedata.decomposition(character)
        if not decomposition or decomposition.startswith("<"):
            continue
        composites[point] = unicodedata.normalize("NFD", character)
        if unicodedata.normalize("NFC", character) == character:  # else excluded from composing
            first, second = decomposition.split()
            primaries[int(first, 16) * 2**21 + int(second, 16)] = point
    pieces = [_padded(text) for text in composites.values()]
    primaries = dict(sorted(primaries.items()))
    return _Tables(
        composites=_int32(composites),
        pieces=_int32(pieces),
        marks=_int32(classes),
        classes=np.array(list(classes.values()), dtype=np.int64),
        pairs=np.array(list(primaries), dtype=np.int64),
        primaries=_int32(primaries.values()),
    )


def _int32(numbers: Iterable[Any]) -> NDArray[np.int32]:
    return np.array(list(numbers), dtype=np.int32)


def _padded(text: str) -> list[int]:
    return [*map(ord, text), *[_NONE] * (_MOST_PIECES - len(text))]
