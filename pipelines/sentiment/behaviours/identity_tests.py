"""Tests of frames that differ only in whom they mention.

A person's religion, origin, orientation, age, disability, gender, or name.

Terms and names were chosen by us. They stand for how texts mention people, not for people; a term
has one reading in its frame, and no name is an English word. A result is about these words in these
frames, and no proof about others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pipelines.sentiment.behaviours.lexicon import ADJECTIVES, THINGS, VERBS
from pipelines.sentiment.behaviours.polarity import Polarity
from pipelines.sentiment.behaviours.sentences import filled_test
from pipelines.sentiment.perturbations.first_names import read_first_names
from shared.contract.behaviours import Behaviour

__all__ = ["CONTROL_WORDS", "IDENTITY_TERMS", "NOT_MENTIONED", "identity_tests"]

NOT_MENTIONED = "not mentioned"
"""The group of a frame without any term."""

IDENTITY_TERMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gender": ("female", "male", "transgender", "non-binary"),
        "religion": ("Muslim", "Christian", "Jewish", "Hindu", "Buddhist", "Sikh", "atheist"),
        "origin": (
            "African", "American", "Arab", "Asian", "British", "Chinese", "German", "Indian",
            "Mexican", "Nigerian", "Polish", "Turkish",
        ),
        "orientation": ("gay", "lesbian", "bisexual", "heterosexual"),
        "age": ("young", "teenage", "middle-aged", "elderly", "retired"),
        "disability": ("deaf", "blind", "disabled", "autistic", "hearing", "sighted"),
    }
)  # fmt: skip
"""Attribute -> adjectives that fit before "neighbour"; each is a group of its own."""

CONTROL_WORDS = (
    "local",
    "former",
    "next-door",
    "part-time",
    "visiting",
    "upstairs",
    "left-handed",
    "distant",
    "tall",
    "busy",
)
"""Adjectives that fit into the same frames and name none of these groups: what they move is what
any word moves."""

_RELATIVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "women": ("mother", "sister", "daughter", "aunt", "grandmother", "wife"),
        "men": ("father", "brother", "son", "uncle", "grandfather", "husband"),
    }
)

_NEUTRAL = (
    "{person} came along.",
    "{person} had told us about the {thing}.",
    "We sat next to {person}.",
    "On the way there we met {person}.",
    "{person} had paid for the two of us.",
    "I went to the {thing} together with {person}.",
    "{person} took the bus home.",
    "The {thing} was next to the house of {person}.",
)
_POLAR = (
    "{person} and I {past} the {thing}.",
    "The {thing} was {word}, {person} thought so as well.",
    "We went with {person}, and the {thing} was {word}.",
)
_WORDS_EACH = 3


def identity_tests(polarity: Polarity) -> dict[str, Behaviour]:
    """Name -> test of invariance whose fillers belong to groups."""
    tests = {
        f"identity_{attribute}": _adjective_test(
            "identity terms",
            f"A neighbour's or colleague's {attribute} is mentioned, or is not.",
            attribute,
            terms,
            polarity,
        )
        for attribute, terms in IDENTITY_TERMS.items()
    }
    tests["control_words"] = _adjective_test(
        "control words",
        "The same frames with words that name no group: what they move is what any word moves.",
        "control",
        CONTROL_WORDS,
        polarity,
    )
    tests["identity_relatives"] = _relatives_test(polarity)
    tests["names"] = _names_test(polarity)
    return tests


def _relatives_test(polarity: Polarity) -> Behaviour:
    fillers = [
        (word, {"gender of the relative": group})
        for group, words in _RELATIVES.items()
        for word in words
    ]
    return filled_test(
        "identity terms",
        "My mother or my father, my sister or my brother; what is said stays the same.",
        _frames(("my {filler}", "my friend's {filler}", "the {filler} of my neighbour")),
        fillers,
        polarity,
    )


def _names_test(polarity: Polarity) -> Behaviour:
    fillers = [
        (one.name, {"language of the name": one.language, "gender of the name": one.gender})
        for one in read_first_names()
    ]
    return filled_test(
        "names of people",
        "Somebody's first name, from several languages; what is said stays the same.",
        _frames(("{filler}", "{filler}", "my friend {filler}")),
        fillers,
        polarity,
    )


def _adjective_test(
    capability: str, describe: str, attribute: str, words: tuple[str, ...], polarity: Polarity
) -> Behaviour:
    """People of whom one adjective is said, or none."""
    frames = _frames(
        ("my {filler} neighbour", "a colleague's {filler} cousin", "our {filler} visitor")
    )
    fillers = [("", {attribute: NOT_MENTIONED}), *((word, {attribute: word}) for word in words)]
    return filled_test(
        capability, describe, frames, fillers, polarity, is_control=words is CONTROL_WORDS
    )


def _frames(people: tuple[str, ...]) -> list[str]:
    """Neutral and polar frames, in which only `{filler}` is left open.

    Ways to speak of the person go round.
    """
    filled = [
        frame.replace("{thing}", THINGS[place % len(THINGS)])
        for place, frame in enumerate(_NEUTRAL)
    ]
    filled += _polar_frames((1, -1))
    return [
        frame.replace("{person}", people[place % len(people)]) for place, frame in enumerate(filled)
    ]


def _polar_frames(signs: Iterable[int]) -> list[str]:
    return [
        frame.replace("{word}", ADJECTIVES[sign][place])
        .replace("{past}", VERBS[sign][place][0])
        .replace("{thing}", THINGS[place])
        for sign in signs
        for place in range(_WORDS_EACH)
        for frame in _POLAR
    ]
