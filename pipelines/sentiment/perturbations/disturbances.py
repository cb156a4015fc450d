"""Disturbances of single texts.

What typing, hurrying, shouting and scanning do to words that still mean the same.

Each changes a stated share of words, marks, gaps or characters, every one with the same
probability.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from pipelines.sentiment.perturbations.typing_errors import LONG_WORD, mistype

__all__ = [
    "CAPITAL_SHARES",
    "CONFUSED_SHARES",
    "DROPPED_SHARES",
    "JOINED_SHARES",
    "LENGTHENED_SHARES",
    "MISTYPED_SHARES",
    "PICTOGRAM_SHARES",
    "add_pictograms",
    "confuse_letters",
    "drop_punctuation",
    "join_words",
    "lengthen_vowels",
    "mistype_words",
    "shout",
]

MISTYPED_SHARES = (0.02, 0.05, 0.11, 0.2, 0.35)
"""Of the words of four letters or more. People leave 1.2 % of characters wrong at a keyboard
(Dhakal et al. 2018, "Observations on typing from 136 million keystrokes", CHI) and 2.3 % on a
telephone (Palin et al. 2019, "How do people type on mobile devices?", MobileHCI): at five
characters a word that is the second and the third strength; beyond lies haste."""

CAPITAL_SHARES = (0.05, 0.15, 0.3, 0.6, 1.0)
"""Of the words: from one that is stressed in two sentences to the caps-lock key."""

DROPPED_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Of the punctuation marks, apostrophes within words excepted: from a forgotten comma to none at
all."""

JOINED_SHARES = (0.01, 0.03, 0.06, 0.12, 0.25)
"""Of the gaps between words: from one in ten sentences to several in each, as where lines of a page
were joined."""

CONFUSED_SHARES = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Of the characters: text recognition is called good at 1 to 2 % wrong, average up to 10 %, poor
beyond (Holley 2009, "How good can it get?", D-Lib Magazine 15, table 1)."""

LENGTHENED_SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Of the words with a vowel: from one in four sentences to every other word."""

PICTOGRAM_SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Of the words, behind which a pictogram of a thing without any mood is put."""

_WORD = re.compile(r"\S+")
_GAP = re.compile(r"(?<=\w)[ \t]+(?=\w)")
# Apostrophes inside words are spelling, not punctuation.
_PUNCTUATION = re.compile(r"(?<!\w)[^\w\s]|[^\w\s](?!\w)|[^\w\s'’]")
_VOWEL = re.compile("(?i)[aeiou]")
_PICTOGRAMS = ("📎", "🚌", "📦", "🪑", "📷", "🗓️")
_CONFUSIONS: Mapping[str, str] = MappingProxyType(
    {
        "rn": "m", "cl": "d", "vv": "w", "ri": "n", "m": "rn", "d": "cl", "w": "vv", "l": "1",
        "i": "l", "o": "0", "e": "c", "c": "e",
        "h": "b", "b": "h", "u": "n", "n": "u", "t": "f", "f": "t", "a": "o", "s": "5", "g": "9",
        "B": "8", "S": "5", "O": "0", "I": "l",
    }
)  # fmt: skip
"""What looks alike in print; longer ones first."""
_CONFUSABLE = re.compile("|".join(map(re.escape, _CONFUSIONS)))


def mistype_words(text: str, share: float, generator: np.random.Generator) -> str:
    """Typing errors in a share of the words of four letters or more, one each."""
    return _in_some(LONG_WORD, text, share, generator, lambda word: mistype(word, generator))


def shout(text: str, share: float, generator: np.random.Generator) -> str:
    """A share of the words in capitals."""
    return _in_some(_WORD, text, share, generator, str.upper)


def drop_punctuation(text: str, share: float, generator: np.random.Generator) -> str:
    """A share of the punctuation marks left out."""
    return _in_some(_PUNCTUATION, text, share, generator, lambda mark: "")


def join_words(text: str, share: float, generator: np.random.Generator) -> str:
    """A share of the gaps between two words closed."""
    return _in_some(_GAP, text, share, generator, lambda gap: "")


def confuse_letters(text: str, share: float, generator: np.random.Generator) -> str:
    """A share of all characters taken for what looks like them.

    Fewer where too few look like anything else.
    """
    places = sum(1 for _ in _CONFUSABLE.finditer(text))
    return _in_some(
        _CONFUSABLE,
        text,
        share * len(text) / max(1, places),
        generator,
        lambda shape: _CONFUSIONS[shape],
    )


def lengthen_vowels(text: str, share: float, generator: np.random.Generator) -> str:
    """The last vowel of a share of the words drawn out by two to four letters, as in "sooo"."""

    def lengthened(word: str) -> str:
        ends = [match.end() for match in _VOWEL.finditer(word)]
        if not ends:
            return word
        end = ends[-1]
        return word[:end] + word[end - 1] * int(generator.integers(2, 5)) + word[end:]

    return _in_some(_WORD, text, share, generator, lengthened)


def add_pictograms(text: str, share: float, generator: np.random.Generator) -> str:
    """A pictogram behind a share of the words."""
    return _in_some(
        _WORD,
        text,
        share,
        generator,
        lambda word: f"{word} {_PICTOGRAMS[int(generator.integers(len(_PICTOGRAMS)))]}",
    )


def _in_some(
    pattern: re.Pattern[str],
    text: str,
    share: float,
    generator: np.random.Generator,
    change: Callable[[str], str],
) -> str:
    """Change what the pattern finds, each with the probability `share`."""
    return pattern.sub(
        lambda match: change(match.group()) if generator.random() < share else match.group(), text
    )
