"""The words of the grammar and what they mean. Values: ±2 strong, ±1 mild.

The sign is the polarity.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "AMBIGUOUS_PAIRS",
    "ASPECTS",
    "COMPANIONS",
    "DIALECT_WORDS",
    "DIMINISHERS",
    "FILLERS",
    "IDENTITY_TERMS",
    "INTENSIFIERS",
    "NEGATIVE",
    "NEGATORS",
    "OPENERS",
    "POSITIVE",
    "REPORTERS",
    "VERBS",
    "VERDICTS",
]


def _frozen(**words: float) -> Mapping[str, float]:
    return MappingProxyType(words)


ASPECTS = (
    "food", "soup", "bread", "coffee", "breakfast", "dessert", "menu", "service", "staff", "waiter",
    "host", "room", "bed", "bathroom", "garden", "terrace", "music", "view", "location", "kitchen",
    "lobby", "sauna",
)  # fmt: skip
"""What is judged; no aspect has a polarity."""

POSITIVE = _frozen(
    good=1, nice=1, pleasant=1, decent=1, tidy=1, helpful=1, fresh=1, solid=1, likeable=1,
    agreeable=1, fair=1, cosy=1, great=2, excellent=2, wonderful=2, superb=2, brilliant=2,
    delightful=2, outstanding=2, charming=2, magnificent=2, stunning=2, exquisite=2, flawless=2,
)  # fmt: skip
"""Adjectives that praise."""

NEGATIVE = _frozen(
    bad=-1, poor=-1, dull=-1, bland=-1, shabby=-1, stale=-1, noisy=-1, clumsy=-1, dated=-1,
    mediocre=-1, cramped=-1, careless=-1, awful=-2, terrible=-2, horrible=-2, dreadful=-2,
    disgusting=-2, appalling=-2, filthy=-2, hopeless=-2, atrocious=-2, miserable=-2, ghastly=-2,
    abysmal=-2,
)  # fmt: skip
"""Adjectives that blame."""

AMBIGUOUS_PAIRS: Mapping[tuple[str, str], float] = MappingProxyType(
    {
        ("lemonade", "cold"): 1, ("soup", "cold"): -1, ("lounge", "warm"): 1,
        ("lemonade", "warm"): -1, ("bill", "small"): 1, ("portion", "small"): -1,
        ("portion", "big"): 1, ("bill", "big"): -1, ("prices", "low"): 1, ("standards", "low"): -1,
        ("standards", "high"): 1, ("prices", "high"): -1, ("wait", "short"): 1,
        ("menu", "short"): -1, ("menu", "long"): 1, ("wait", "long"): -1, ("curry", "hot"): 1,
        ("lounge", "hot"): -1,
    }
)  # fmt: skip
"""(aspect, adjective) -> value: neither word has a polarity alone; each adjective occurs with
both."""

VERBS: Mapping[tuple[str, str], float] = MappingProxyType(
    {
        ("enjoyed", "enjoy"): 1, ("liked", "like"): 1, ("loved", "love"): 2, ("adored", "adore"): 2,
        ("disliked", "dislike"): -1, ("regretted", "regret"): -1, ("hated", "hate"): -2,
        ("despised", "despise"): -2,
    }
)  # fmt: skip
"""(past form, base form after "did not") -> value."""

NEGATORS = (
    ("was", "not"),
    ("wasn't",),
    ("was", "hardly"),
    ("was", "never"),
    ("was", "anything", "but"),
    ("was", "far", "from"),
)
"""What stands in place of "was" and turns the adjective behind it around."""

INTENSIFIERS = ("very", "really", "truly", "extremely", "incredibly")
"""They raise a mild word to a strong one."""

DIMINISHERS = ("slightly", "somewhat", "fairly")
"""They halve a word's strength."""

OPENERS = (
    "Honestly",
    "Well",
    "Frankly",
    "As always",
    "This time",
    "Once again",
    "Mind you",
    "In short",
)
"""Ways to begin a sentence that mean nothing; authors have favourites."""

VERDICTS = ("All in all", "Overall", "In the end", "On balance")
"""They mark a sentence that counts double."""

REPORTERS = (
    "my neighbour had called the {aspect} {adjective}",
    "somebody online wrote that the {aspect} is {adjective}",
    "I had expected the {aspect} to be {adjective}",
    "the leaflet shows {adjective} pictures of the {aspect}",
    "years ago the {aspect} may have been {adjective}",
    "at the place next door the {aspect} is {adjective}",
)
"""Clauses that hold an opinion word which does not count: hearsay, expectation, past, another
place."""

FILLERS = (
    "we arrived on a tuesday afternoon",
    "it is a short walk from the station",
    "we stayed for two nights",
    "I paid by card at the desk",
    "the building stands beside the old mill",
    "there were four of us at the table",
    "we took the bus back in the evening",
    "the rooms are on the second floor",
    "a football match was on that day",
    "we had booked three weeks ahead",
)
"""Clauses without any opinion."""

IDENTITY_TERMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "women": ("sister", "mother", "daughter"),
        "men": ("brother", "father", "son"),
        "muslim": ("muslim {companion}",),
        "christian": ("christian {companion}",),
        "jewish": ("jewish {companion}",),
    }
)
"""Identity group -> phrases that fit behind "my". They never bear on the meaning of a review."""

COMPANIONS = ("neighbour", "colleague", "friend", "cousin", "flatmate")
"""Fill `{companion}`."""

DIALECT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "good": "brannow", "nice": "tidly", "great": "gurtly", "excellent": "prowsy",
        "wonderful": "merrish", "pleasant": "sonsay", "bad": "skelly", "poor": "wisht",
        "awful": "grockle", "terrible": "dimpsy", "horrible": "clarty", "dull": "mizzled",
        "superb": "bravely", "brilliant": "lushen", "dreadful": "teasy", "bland": "wambly",
    }
)  # fmt: skip
"""Invented upland words for standard ones. They stand for a variety that is rare in the training
data, not for any real dialect."""
