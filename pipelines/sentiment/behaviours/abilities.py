"""Tests of sentences whose class is known.

The words themselves, and what negation, time, contrast, comparison and questions do to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.sentiment.behaviours.lexicon import ADJECTIVES, MILD_ADJECTIVES, THINGS, VERBS
from pipelines.sentiment.behaviours.polarity import Polarity
from pipelines.sentiment.behaviours.sentences import Opinion, fill_frames, known_test
from shared.contract.behaviours import Behaviour

__all__ = ["ability_tests"]

_SIGNS = (1, -1)

_ADJECTIVE_FRAMES = (
    "The {thing} was {word}.",
    "I found the {thing} {word}.",
    "All in all, a {thing} that is {word}.",
)
_VERB_FRAMES = (
    "I {past} the {thing}.",
    "We both {past} it from the first minute.",
    "My whole family {past} the {thing}.",
)

_NEGATIONS = (
    "The {thing} was not {word}.",
    "The {thing} wasn't {word}.",
    "The {thing} is not at all {word}.",
    "The {thing} was never {word}.",
    "The {thing} was anything but {word}.",
    "The {thing} was far from {word}.",
    "The {thing} was by no means {word}.",
    "Nobody would call the {thing} {word}.",
    "I would not call the {thing} {word}.",
    "There was nothing {word} about the {thing}.",
)
_NEGATED_VERBS = (
    "I did not {base} the {thing}.",
    "I didn't {base} the {thing}.",
    "None of us {past} the {thing}.",
)

_DISTANT_NEGATIONS = (
    "I can't say that, after all these weeks, the {thing} was {word}.",
    "I do not think, having slept over it for three nights, that the {thing} was {word}.",
    "Nothing that we came across on either of the two evenings made the {thing} {word}.",
    "None of the people who were there with us on that day found the {thing} {word}.",
    "It is not, whatever the poster by the door of the station says, {word}.",
    "No one at our table, and least of all my uncle, thought that the {thing} was {word}.",
    "I would never, in all the years that I have been coming here, have called the {thing} {word}.",
    "Neither my neighbour from the second floor nor I would say that the {thing} was {word}.",
)

_CONTRASTS = (
    "The {thing} was {other}, but in the end I {past} it.",
    "Although much about the {thing} was {other}, I {past} it.",
    "Even though it began {other}, the {thing} was {word}.",
    "Some of it was {other}, but most of the {thing} was {word}.",
    "At first sight {other}, on a closer look {word}: that is this {thing}.",
    "One scene was {other}; as a whole, though, the {thing} was {word}.",
    "Despite one {other} moment, the {thing} was {word}.",
    "Never mind the {other} beginning: the {thing} was {word}.",
)

_CHANGES_IN_TIME = (
    "I used to think that the {thing} was {other}, but now I find it {word}.",
    "The {thing} was {other} in the past; these days it is {word}.",
    "Ten years ago the {thing} was {other}. Today it is {word}.",
    "In the old days I found the {thing} {other}, now it is {word}.",
    "The {thing} is {word} now, although it used to be {other}.",
    "Today I find the {thing} {word}; before, I thought it {other}.",
    "It has become {word}, this {thing} that once was {other}.",
    "Once {other}, the {thing} is now {word}.",
)

_REPORTS = (
    "My neighbour called the {thing} {other}; I call it {word}.",
    "The papers said that it was {other}, but I found the {thing} {word}.",
    "Others may find the {thing} {other}. I find it {word}.",
    "To my brother the {thing} was {other}; to me it was {word}.",
    "I know that some people think it {other}, yet to me the {thing} is {word}.",
    "I can't understand who calls this {thing} {other}: it is {word}.",
    "They had told us how {other} it would be. The {thing} was {word}.",
    "I had expected the {thing} to be {other}, and it was {word}.",
)

_UNREAL: Mapping[int, tuple[str, ...]] = {
    -1: (
        "The {thing} could have been {word}.",
        "I wish the {thing} had been {word}.",
        "If only the {thing} were {word}.",
        "The {thing} should have been {word}.",
        "I had expected the {thing} to be {word}; it was not.",
        "With another team this {thing} might have been {word}.",
        "It would take a lot to make this {thing} {word}.",
        "The {thing} wants to be {word}, and that is all.",
    ),
    1: (
        "I was afraid that the {thing} would be {word}, and it was not.",
        "I had expected the {thing} to be {word}. Not a bit of it!",
        "The {thing} could easily have been {word}; it is the opposite.",
        "Who thinks that this {thing} must be {word} is wrong.",
        "It would have been easy to make the {thing} {word}. They did not.",
        "A {thing} that is {word} would have surprised nobody; this one is not.",
    ),
}
"""Sign of the whole -> frames with a word of the opposite sign, which is wished for, expected or
possible, but not so."""

_COMPARISONS: Mapping[int, tuple[str, ...]] = {
    1: (
        "The {thing} was better than I had expected.",
        "I have never known a better {thing}.",
        "No other {thing} comes close to this one.",
        "Of all those I know, this {thing} is the best.",
        "It can't get any better than this {thing}.",
        "Next to this {thing} all the others look poor.",
        "The {thing} has become much better.",
        "I would take this {thing} over any other.",
    ),
    -1: (
        "The {thing} was worse than I had expected.",
        "I have never known a worse {thing}.",
        "Any other {thing} would have been better.",
        "Of all those I know, this {thing} is the worst.",
        "It can't get any worse than this {thing}.",
        "Next to this {thing} all the others look great.",
        "The {thing} has become much worse.",
        "I would take any other {thing} over this one.",
    ),
}

_QUESTIONS_DENIED = (
    "Was the {thing} {word}? No.",
    "Did I find the {thing} {word}? Not at all.",
    "Would I call the {thing} {word}? Never.",
    "Is this {thing} {word}? Not in the least.",
    "You ask me whether the {thing} was {word}? It was not.",
)
_QUESTIONS_AFFIRMED = (
    "Was the {thing} {word}? Yes.",
    "Did I find the {thing} {word}? I did.",
    "Would I call the {thing} {word}? Certainly.",
    "Is this {thing} {word}? It is, from start to finish.",
    "You ask me whether the {thing} was {word}? It was.",
)


def ability_tests(polarity: Polarity) -> dict[str, Behaviour]:
    """Name -> test of minimum functionality."""
    opinions = {**_vocabulary(), **_negations(), **_contexts(), **_questions()}
    return {
        name: known_test(capability, describe, said, polarity)
        for name, (capability, describe, said) in opinions.items()
    }


_Opinions = dict[str, tuple[str, str, Sequence[Opinion]]]
"""Name -> capability, description, and what is said."""


def _vocabulary() -> _Opinions:
    return {
        "adjectives": ("vocabulary", "A plain sentence with one opinion word.", _one_word_each()),
        "verbs": (
            "vocabulary",
            "A plain sentence with one verb of liking or disliking.",
            _plain_verbs(),
        ),
    }


def _negations() -> _Opinions:
    return {
        "negated_praise": (
            "negation",
            "Praise that is denied is no praise: not good, anything but charming.",
            _negated_praise(),
        ),
        "negated_blame": (
            "negation",
            "Blame that is denied is no blame: not boring, anything but dull.",
            _turned(_NEGATIONS, (1,)),
        ),
        "distant_negation": (
            "negation",
            "The negation stands far from the word that it turns.",
            _turned(_DISTANT_NEGATIONS, _SIGNS),
        ),
    }


def _contexts() -> _Opinions:
    return {
        "contrast": (
            "contrast",
            "Of two opinions the second, or the one about the whole, decides.",
            _against(_CONTRASTS),
        ),
        "change_in_time": (
            "time",
            "What was once thought is over: only today's opinion counts.",
            _against(_CHANGES_IN_TIME),
        ),
        "reported": (
            "whose opinion",
            "What others say, or what was expected, does not count.",
            _against(_REPORTS),
        ),
        "unreal": ("irrealis", "What is wished for, feared or possible is not so.", _unreal()),
        "comparison": ("comparison", "Better or worse than what?", _comparisons()),
    }


def _questions() -> _Opinions:
    return {
        "question_denied": (
            "questions",
            "A question says nothing; the answer denies it.",
            _turned(_QUESTIONS_DENIED, _SIGNS),
        ),
        "question_affirmed": (
            "questions",
            "A question says nothing; the answer affirms it.",
            _affirmed(),
        ),
    }


def _adjectives(words: Sequence[str]) -> list[dict[str, str]]:
    return [{"word": word} for word in words]


def _verbs(sign: int) -> list[dict[str, str]]:
    return [{"past": past, "base": base} for past, base in VERBS[sign]]


def _one_word_each() -> list[Opinion]:
    """Cases are words here, because what is tested is whether each is known."""
    return [
        Opinion(word, frame.format(thing=THINGS[(place + number) % len(THINGS)], word=word), sign)
        for sign in _SIGNS
        for place, word in enumerate(ADJECTIVES[sign])
        for number, frame in enumerate(_ADJECTIVE_FRAMES)
    ]


def _plain_verbs() -> list[Opinion]:
    return [
        Opinion(past, frame.format(thing=THINGS[(place + number) % len(THINGS)], past=past), sign)
        for sign in _SIGNS
        for place, (past, _) in enumerate(VERBS[sign])
        for number, frame in enumerate(_VERB_FRAMES)
    ]


def _negated_praise() -> list[Opinion]:
    verbs = fill_frames(_NEGATED_VERBS, _verbs(1), -1, per_frame=5, or_neutral=True)
    return _turned(_NEGATIONS, (-1,)) + verbs


def _turned(frames: Sequence[str], signs: Sequence[int]) -> list[Opinion]:
    """Frames that turn their word around; a neutral class would do as well."""
    return [
        opinion
        for sign in signs
        for opinion in fill_frames(
            frames, _adjectives(MILD_ADJECTIVES[-sign]), sign, per_frame=4, or_neutral=True
        )
    ]


def _against(frames: Sequence[str]) -> list[Opinion]:
    """Frames with a word that counts and an opposite that does not."""
    opinions = []
    for sign in _SIGNS:
        pairs = zip(ADJECTIVES[sign], ADJECTIVES[-sign], strict=True)
        verbs = VERBS[sign]
        words = [
            {"word": word, "other": other, "past": verbs[place % len(verbs)][0]}
            for place, (word, other) in enumerate(pairs)
        ]
        opinions += fill_frames(frames, words, sign, per_frame=4)
    return opinions


def _unreal() -> list[Opinion]:
    return [
        opinion
        for sign, frames in _UNREAL.items()
        for opinion in fill_frames(
            frames, _adjectives(ADJECTIVES[-sign]), sign, per_frame=4, or_neutral=True
        )
    ]


def _comparisons() -> list[Opinion]:
    return [
        opinion
        for sign, frames in _COMPARISONS.items()
        for opinion in fill_frames(frames, [{}], sign, per_frame=4)
    ]


def _affirmed() -> list[Opinion]:
    return [
        opinion
        for sign in _SIGNS
        for opinion in fill_frames(
            _QUESTIONS_AFFIRMED, _adjectives(ADJECTIVES[sign]), sign, per_frame=4
        )
    ]
