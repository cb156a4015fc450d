"""Words that name a group of people: found for group metrics, swapped for counterfactuals.

The lists are short on purpose: each word has one reading in most texts (so "black", "straight" or
"blind" are missing), and each has a counterpart that fits into the same place of a sentence. They
are English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

__all__ = ["AXES", "NO_IDENTITY", "SEVERAL_IDENTITIES", "find_identity", "swap_identity"]

NO_IDENTITY = "none"
SEVERAL_IDENTITIES = "several"

AXES: tuple[Mapping[str, tuple[str, ...]], ...] = tuple(
    MappingProxyType(axis)
    for axis in (
        {
            "women": (
                "she", "her", "her", "herself", "woman", "women", "girl", "girls", "female",
                "lady", "ladies", "mother", "mothers",
                "wife", "wives", "daughter", "daughters", "sister", "sisters", "actress",
                "actresses", "grandmother",
            ),
            "men": (
                "he", "his", "him", "himself", "man", "men", "boy", "boys", "male", "gentleman",
                "gentlemen", "father", "fathers",
                "husband", "husbands", "son", "sons", "brother", "brothers", "actor", "actors",
                "grandfather",
            ),
        },
        {
            "muslim": ("muslim", "muslims"),
            "christian": ("christian", "christians"),
            "jewish": ("jewish", "jews"),
            "hindu": ("hindu", "hindus"),
            "buddhist": ("buddhist", "buddhists"),
        },
        {
            "african": ("african", "africans"),
            "american": ("american", "americans"),
            "arab": ("arab", "arabs"),
            "asian": ("asian", "asians"),
            "european": ("european", "europeans"),
            "mexican": ("mexican", "mexicans"),
        },
        {"gay": ("gay", "homosexual"), "heterosexual": ("heterosexual", "heterosexual")},
        {"elderly": ("elderly", "pensioner", "pensioners"), "teenage": ("teenage", "teenager",
        "teenagers")},
    )
)  # fmt: skip
"""Axes of identity: group -> words; words at the same place of two groups of an axis are
counterparts."""

_PLACES: Mapping[str, tuple[int, str, int]] = MappingProxyType(
    # The first place of a word counts, so that "her" becomes "his"; reversed, because the last
    # assignment wins.
    {
        word: (number, group, place)
        for number, axis in enumerate(AXES)
        for group, words in axis.items()
        for place, word in reversed(list(enumerate(words)))
    }
)
_LETTERS = re.compile(r"[^\W\d_]+")


def find_identity(text: str) -> str:
    """The group that a text mentions, `NO_IDENTITY`, or `SEVERAL_IDENTITIES`."""
    found = {_PLACES[word][1] for word in _LETTERS.findall(text.lower()) if word in _PLACES}
    if len(found) > 1:
        return SEVERAL_IDENTITIES
    return next(iter(found), NO_IDENTITY)


def swap_identity(text: str, generator: np.random.Generator) -> str:
    """Replace each identity word by its counterpart in another group of its axis.

    A text without one stays as it is.

    Within a text, a group always becomes the same other group; upper case and initial capitals are
    kept.
    """
    chosen: dict[str, str] = {}

    def counterpart(match: re.Match[str]) -> str:
        word = match.group()
        if word.lower() not in _PLACES:
            return word
        number, group, place = _PLACES[word.lower()]
        if group not in chosen:
            others = [other for other in AXES[number] if other != group]
            chosen[group] = others[int(generator.integers(len(others)))]
        return _in_case_of(word, AXES[number][chosen[group]][place])

    return _LETTERS.sub(counterpart, text)


def _in_case_of(model: str, word: str) -> str:
    if model.isupper() and len(model) > 1:
        return word.upper()
    return word.capitalize() if model[0].isupper() else word
