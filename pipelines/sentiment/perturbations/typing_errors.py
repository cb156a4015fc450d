"""Typing errors as people make them.

A letter dropped, doubled, swapped with the next, or the key beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

__all__ = ["LONG_WORD", "add_typing_errors", "mistype"]

LONG_WORD = re.compile(r"[^\W\d_]{4,}")
"""Words that get typing errors; in shorter ones an error often makes another word."""

_KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> Mapping[str, str]:
    """Key -> the keys to its left and right on an English keyboard."""
    found = {}
    for row in _KEYBOARD_ROWS:
        for place, key in enumerate(row):
            found[key] = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    return MappingProxyType(found)


_NEIGHBOURS = _neighbours()


def add_typing_errors(text: str, number: int, generator: np.random.Generator) -> str:
    """Misspell `number` of the words of four letters or more, or all of them if there are fewer."""
    places = [match.span() for match in LONG_WORD.finditer(text)]
    chosen = generator.permutation(len(places))[:number]
    for start, stop in sorted((places[int(one)] for one in chosen), reverse=True):
        text = text[:start] + mistype(text[start:stop], generator) + text[stop:]
    return text


def mistype(word: str, generator: np.random.Generator) -> str:
    """One error in a word of three letters or more.

    The first letter is rarely wrong, so it stays.
    """
    place = int(generator.integers(1, len(word) - 1))
    before = word[:place]
    letter = word[place]
    after = word[place + 1 :]
    match int(generator.integers(4)):
        case 0:
            return before + after
        case 1:
            return before + letter + letter + after
        case 2:
            return before + after[0] + letter + after[1:]
        case _:
            beside = _NEIGHBOURS.get(letter.lower(), letter)
            key = beside[int(generator.integers(len(beside)))]
            return before + (key.upper() if letter.isupper() else key) + after
