"""Tests of sentences whose class is known.

The words themselves, and what negation, time, contrast, comparison and questions do to them.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.sentiment.behaviours.ability_frames import (
    ADJECTIVE_FRAMES,
    CHANGES_IN_TIME,
    COMPARISONS,
    CONTRASTS,
    DISTANT_NEGATIONS,
    NEGATED_VERBS,
    NEGATIONS,
    QUESTIONS_AFFIRMED,
    QUESTIONS_DENIED,
    REPORTS,
    UNREAL,
    VERB_FRAMES,
)
from pipelines.sentiment.behaviours.lexicon import ADJECTIVES, MILD_ADJECTIVES, THINGS, VERBS
from pipelines.sentiment.behaviours.polarity import Polarity
from pipelines.sentiment.behaviours.sentences import Opinion, fill_frames, known_test
from shared.contract.behaviours import Behaviour

__all__ = ["ability_tests"]

_SIGNS = (1, -1)


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
            _turned(NEGATIONS, (1,)),
        ),
        "distant_negation": (
            "negation",
            "The negation stands far from the word that it turns.",
            _turned(DISTANT_NEGATIONS, _SIGNS),
        ),
    }


def _contexts() -> _Opinions:
    return {
        "contrast": (
            "contrast",
            "Of two opinions the second, or the one about the whole, decides.",
            _against(CONTRASTS),
        ),
        "change_in_time": (
            "time",
            "What was once thought is over: only today's opinion counts.",
            _against(CHANGES_IN_TIME),
        ),
        "reported": (
            "whose opinion",
            "What others say, or what was expected, does not count.",
            _against(REPORTS),
        ),
        "unreal": ("irrealis", "What is wished for, feared or possible is not so.", _unreal()),
        "comparison": ("comparison", "Better or worse than what?", _comparisons()),
    }


def _questions() -> _Opinions:
    return {
        "question_denied": (
            "questions",
            "A question says nothing; the answer denies it.",
            _turned(QUESTIONS_DENIED, _SIGNS),
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
        for number, frame in enumerate(ADJECTIVE_FRAMES)
    ]


def _plain_verbs() -> list[Opinion]:
    return [
        Opinion(past, frame.format(thing=THINGS[(place + number) % len(THINGS)], past=past), sign)
        for sign in _SIGNS
        for place, (past, _) in enumerate(VERBS[sign])
        for number, frame in enumerate(VERB_FRAMES)
    ]


def _negated_praise() -> list[Opinion]:
    verbs = fill_frames(NEGATED_VERBS, _verbs(1), -1, per_frame=5, or_neutral=True)
    return _turned(NEGATIONS, (-1,)) + verbs


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
        for sign, frames in UNREAL.items()
        for opinion in fill_frames(
            frames, _adjectives(ADJECTIVES[-sign]), sign, per_frame=4, or_neutral=True
        )
    ]


def _comparisons() -> list[Opinion]:
    return [
        opinion
        for sign, frames in COMPARISONS.items()
        for opinion in fill_frames(frames, [{}], sign, per_frame=4)
    ]


def _affirmed() -> list[Opinion]:
    return [
        opinion
        for sign in _SIGNS
        for opinion in fill_frames(
            QUESTIONS_AFFIRMED, _adjectives(ADJECTIVES[sign]), sign, per_frame=4
        )
    ]
