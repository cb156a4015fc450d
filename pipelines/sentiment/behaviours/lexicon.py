"""The words of the templates.

Chosen by us, each with one polarity in everyday English whatever it is said of.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "ADJECTIVES",
    "CITIES",
    "DOWNTONERS",
    "INTENSIFIERS",
    "MILD_ADJECTIVES",
    "THINGS",
    "VERBS",
]

THINGS = ("film", "story", "song", "meal", "service", "room", "book", "place")
"""What opinions are about; none has a polarity."""

ADJECTIVES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: (
            "good", "great", "excellent", "wonderful", "superb", "brilliant", "delightful",
            "charming", "enjoyable", "lovely",
            "impressive", "pleasant", "fantastic", "beautiful", "outstanding", "nice",
        ),
        -1: (
            "bad", "poor", "dull", "awful", "terrible", "horrible", "dreadful", "mediocre",
            "boring", "disappointing",
            "tedious", "unpleasant", "bland", "annoying", "lousy", "miserable",
        ),
    }
)  # fmt: skip
"""Sign -> adjectives; at the same place of both stand words of about the same strength."""

MILD_ADJECTIVES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: ("good", "nice", "pleasant", "enjoyable", "charming", "impressive"),
        -1: ("bad", "boring", "dull", "disappointing", "annoying", "unpleasant"),
    }
)
"""Adjectives that "very" makes stronger, and whose negation says the opposite rather than "not
quite so much"."""

VERBS: Mapping[int, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        1: (
            ("enjoyed", "enjoy"),
            ("liked", "like"),
            ("loved", "love"),
            ("admired", "admire"),
            ("appreciated", "appreciate"),
        ),
        -1: (
            ("hated", "hate"),
            ("disliked", "dislike"),
            ("regretted", "regret"),
            ("despised", "despise"),
            ("loathed", "loathe"),
        ),
    }
)
"""Sign -> (past form, base form)."""

INTENSIFIERS = ("very", "really", "extremely", "truly", "incredibly", "absolutely")
DOWNTONERS = ("slightly", "somewhat", "a little", "moderately", "vaguely")
CITIES = ("Oslo", "Lisbon", "Nairobi", "Osaka", "Lima", "Ankara", "Toronto", "Hanoi")
"""Names that say nothing about what was seen or eaten there."""
