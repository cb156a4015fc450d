"""Tests of changes: those that must not matter, and those that must move confidence one way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from pipelines.sentiment.behaviours.lexicon import (
    ADJECTIVES,
    CITIES,
    DOWNTONERS,
    INTENSIFIERS,
    MILD_ADJECTIVES,
    THINGS,
    VERBS,
)
from pipelines.sentiment.behaviours.polarity import Polarity
from pipelines.sentiment.behaviours.sentences import changed_test, directed_test
from pipelines.sentiment.perturbations.typing_errors import add_typing_errors
from shared.contract.behaviours import Behaviour

__all__ = ["TOLERANCE", "sensitivity_tests"]

TOLERANCE = 0.05
"""Change of a probability in the wrong direction that is let pass: of a sentence that is decided
surely already, it can't rise further."""

_SIGNS = (1, -1)
_GRADED = ("The {thing} was {word}.", "I find this {thing} {word}.")
_ADDED = {
    1: ("I enjoyed every bit of it.", "I will come back for it."),
    -1: ("I regret every minute of it.", "I want my money back."),
}
_PLAIN = (
    "The {thing} was {word} from the beginning to the end.",
    "I {past} the {thing}, and so did everybody who was with me.",
    "Last week we came across a {thing} that was really {word}.",
)
_LOCATED = (
    "We were in {city} for this {thing}, and it was {word}.",
    "The {thing} that they have in {city} is {word}.",
    "My friends from {city} say that they {past} the {thing}.",
    "Like the one in {city} last spring, this {thing} is {word}.",
)
_COUNTED = (
    "We were there for {number} days and {past} the {thing}.",
    "It took us {number} minutes by bus, and the {thing} was {word}.",
    "Together with {number} colleagues I {past} the {thing}.",
)
_NUMBERS = ("3", "4", "7", "12", "25", "40")
_FULL_FORMS = (
    ("The {thing} is not {word}.", "The {thing} isn't {word}."),
    ("The {thing} was not {word}.", "The {thing} wasn't {word}."),
    ("I did not {base} the {thing}.", "I didn't {base} the {thing}."),
    ("It is {word}, this {thing}.", "It's {word}, this {thing}."),
    (
        "I have never known a {thing} that was so {word}.",
        "I've never known a {thing} that was so {word}.",
    ),
    ("They could not make the {thing} {word}.", "They couldn't make the {thing} {word}."),
)


def sensitivity_tests(polarity: Polarity) -> dict[str, Behaviour]:
    """Name -> test of invariance or direction."""
    return {
        **_surface_tests(polarity),
        **_detail_tests(polarity),
        **_strength_tests(polarity),
    }


def _surface_tests(polarity: Polarity) -> dict[str, Behaviour]:
    """What is written differently must be predicted alike."""
    with_links = _changed(_with_links)
    punctuated = _changed(_punctuated)
    cased = _changed(_cased)
    return {
        "typing_errors": changed_test(
            "typing errors",
            "One letter of one word dropped, doubled or swapped with the next.",
            _mistyped(),
            polarity,
        ),
        "links_and_tags": changed_test(
            "irrelevant additions",
            "A link, a tag or an address is added.",
            with_links,
            polarity,
        ),
        "punctuation": changed_test(
            "punctuation", "Another mark at the end, or none.", punctuated, polarity
        ),
        "casing": changed_test(
            "casing",
            "All in capitals, all small, or each word with a capital.",
            cased,
            polarity,
        ),
        "contractions": changed_test(
            "contractions", "Is not becomes isn't, it is becomes it's.", _contracted(), polarity
        ),
    }


def _detail_tests(polarity: Polarity) -> dict[str, Behaviour]:
    """What has no mood must not matter."""
    cities = _slot_changed(_LOCATED, "city", CITIES)
    numbers = _slot_changed(_COUNTED, "number", _NUMBERS)
    return {
        "cities": changed_test("names of places", "Another city.", cities, polarity),
        "numbers": changed_test(
            "numbers", "Another number of days, minutes or people.", numbers, polarity
        ),
    }


def _strength_tests(polarity: Polarity) -> dict[str, Behaviour]:
    """What makes an opinion stronger must not make its class less probable."""
    stronger = f"An intensifier must not lower the class' probability by more than {TOLERANCE}."
    weaker = f"A downtoner must not raise the class' probability by more than {TOLERANCE}."
    added = (
        "A second sentence of the same opinion must not lower the class' probability by more than"
        f" {TOLERANCE}."
    )
    rise = partial(directed_test, polarity=polarity, moves="rise", tolerance=TOLERANCE)
    fall = partial(directed_test, polarity=polarity, moves="fall", tolerance=TOLERANCE)
    return {
        "intensifiers": rise("intensity", stronger, _graded(INTENSIFIERS)),
        "downtoners": fall("intensity", weaker, _graded(DOWNTONERS)),
        "second_opinion": rise("intensity", added, _doubled()),
    }


def _filled(frames: Sequence[str], *, per_sign: int) -> list[tuple[int, str]]:
    """Sign and text, other slots left as they are.

    Each frame with some words of each sign, which go round.
    """
    texts = []
    for sign in _SIGNS:
        for number, frame in enumerate(frames):
            for place in range(number * per_sign, (number + 1) * per_sign):
                past, base = VERBS[sign][place % len(VERBS[sign])]
                words = {
                    "word": ADJECTIVES[sign][place % len(ADJECTIVES[sign])],
                    "past": past,
                    "base": base,
                }
                words |= {
                    "thing": THINGS[place % len(THINGS)],
                    "city": "{city}",
                    "number": "{number}",
                }
                texts.append((sign, frame.format(**words)))
    return texts


def _changed(change: Callable[[str], Sequence[str]]) -> list[list[str]]:
    return [[text, *change(text)] for _, text in _filled(_PLAIN, per_sign=5)]


def _mistyped() -> list[list[str]]:
    generator = np.random.default_rng(0)  # part of the templates: the same errors in every run
    return [
        [text, *(add_typing_errors(text, 1, generator) for _ in range(3))]
        for _, text in _filled(_PLAIN, per_sign=5)
    ]


def _with_links(text: str) -> list[str]:
    return [
        f"{text} https://www.example.org/posts/83617",
        f"{text} #tuesday #newpost",
        f"@kirby_74 {text}",
        f"{text} (sent from my telephone)",
    ]


def _punctuated(text: str) -> list[str]:
    bare = text.removesuffix(".")
    return [bare, f"{bare}!", f"{bare} .", f"{bare}...", bare.replace(",", "")]


def _cased(text: str) -> list[str]:
    return [text.upper(), text.lower(), text.title()]


def _contracted() -> list[list[str]]:
    pairs = []
    for full, short in _FULL_FORMS:
        for (_, one), (_, other) in zip(
            _filled([full], per_sign=3), _filled([short], per_sign=3), strict=True
        ):
            pairs.append([one, other])
    return pairs


def _slot_changed(frames: Sequence[str], slot: str, values: Sequence[str]) -> list[list[str]]:
    return [
        [text.format(**{slot: value}) for value in values]
        for _, text in _filled(frames, per_sign=3)
    ]


def _graded(degrees: Sequence[str]) -> list[tuple[int, list[str]]]:
    return [
        (
            sign,
            [
                frame.format(thing=THINGS[place], word=form)
                for form in (word, *(f"{degree} {word}" for degree in degrees))
            ],
        )
        for sign in _SIGNS
        for place, word in enumerate(MILD_ADJECTIVES[sign])
        for frame in _GRADED
    ]


def _doubled() -> list[tuple[int, list[str]]]:
    return [
        (sign, [text, *(f"{text} {added}" for added in _ADDED[sign])])
        for sign, text in _filled(_PLAIN, per_sign=5)
    ]
