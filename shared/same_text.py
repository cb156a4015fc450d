"""When two texts are the same, but for how they are typed.

Case, white space, invisible characters, Unicode form (canonical equivalence: NFC) and punctuation
between words do not count. Letters, marks (vowel signs, accents, points), digits, symbols, emoji,
emoticons and gaps between words do: `5.0` is not `50`, `C++` not `C`, `:)` not `:(`, and `b a d`
not `bad`. Compatibility forms (`²`, full-width letters) are other characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from shared.names import name_key

__all__ = ["plain_text"]

_VARIANTS = re.compile("[\ufe00-\ufe0f]")  # text or emoji presentation of one character
_APOSTROPHE = re.compile("(?<=[^\\W\\d_])['\u2019\u02bc\uff07](?=[^\\W\\d_])")
# Neither letter nor digit nor space; marks are among them, since `re` does not know \p{M}.
_RUN = re.compile(r"(?:[^\w\s]|_)+")
_END_OF_WORD = re.compile(r"(?<=[^\W_])[.,;!?]+(?=\s|$)")  # nearly all punctuation: quickly removed
_EMOTICON = re.compile(r"[:;=8][-'^o]?[()\[\]{}|/\\<>*$]+")
_BACKWARDS = re.compile(r"[()\[\]{}|/\\<>]+[-'^o]?[:;=]")
_OF_SENTENCES = frozenset(
    ".,;:!?-'\"()[]{}\u2010\u2011\u2012\u2013\u2014\u2015\u2026\u2018\u2019\u201c\u201d"
)
_SYMBOLS = frozenset("#@&%/\\\u2030")
"""Punctuation by its Unicode category, but it changes what a word or a number means."""


def plain_text(text: str) -> str:
    """What texts share that are the same; words are parted by one space.

    >>> plain_text("Great -- FILM!!") == plain_text("great film")
    True
    >>> plain_text("5.0 stars") == plain_text("50 stars")
    False
    """
    folded = unicodedata.normalize("NFC", _VARIANTS.sub("", name_key(text)).casefold())
    joined = _END_OF_WORD.sub("", _APOSTROPHE.sub("", folded))
    kept = " ".join(_RUN.sub(_kept, joined).split())
    return kept or joined


def _kept(found: re.Match[str]) -> str:
    """What of a run of punctuation, symbols and marks tells texts apart."""
    run = found.group()
    before = found.string[found.start() - 1 : found.start()] if found.start() else ""
    after = found.string[found.end() : found.end() + 1]
    if before.isdigit() and after.isdigit():
        return run
    begins = not before.strip()
    if begins and not after.strip() and _is_face(run):
        return run
    emoticon = _EMOTICON.search(run) or (_BACKWARDS.search(run) if begins else None)
    if emoticon is not None:
        return f" {emoticon.group()} "
    sign = run[-1] if run[-1] in "-\u2212" and begins and after.isdigit() else ""
    return _without_punctuation(run.removesuffix(sign) if sign else run) + sign


def _is_face(run: str) -> bool:
    """Whether punctuation alone draws something, such as -_- or *_*."""
    is_drawn = len(set(run)) > 1 and not _OF_SENTENCES.issuperset(run)
    return is_drawn and all(map(_is_punctuation, run))


@lru_cache(maxsize=4096)
def _without_punctuation(run: str) -> str:
    """A run with spaces for its punctuation, but for what is a symbol or stands among symbols."""
    is_kept = [not _is_punctuation(character) for character in run]
    if not any(is_kept):
        return " "
    first = is_kept.index(True)
    last = len(run) - is_kept[::-1].index(True)
    before = " " if first > 0 else ""
    after = " " if last < len(run) else ""
    return before + run[first:last] + after


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in _SYMBOLS
