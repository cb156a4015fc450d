"""Words as people see them: what stands between spaces.

Explanations, ground truth and perturbations all speak of these.
"""

from __future__ import annotations

import re

__all__ = ["REMOVED", "find_words"]

REMOVED = "\ue000"
"""Stands in a text for a word that was taken out (U+E000, private use: no real text gives it a
meaning). The tokenizer keeps it as a word of its own that is never in a vocabulary, and lets no
n-gram reach across it."""

_WORD = re.compile(r"\S+")


def find_words(text: str) -> list[tuple[int, int]]:
    """Start and stop of each word, in characters; equal to where `str.split` finds them."""
    return [match.span() for match in _WORD.finditer(text)]
