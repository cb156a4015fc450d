"""From templates to behaviour tests: rows of text, their cases, and what is expected of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Literal

import numpy as np

from pipelines.sentiment.behaviours.lexicon import THINGS
from pipelines.sentiment.behaviours.polarity import Polarity
from shared.contract.behaviours import Behaviour, Direction, Invariance, MinimumFunctionality

__all__ = ["Opinion", "changed_test", "directed_test", "fill_frames", "filled_test", "known_test"]


@dataclass(frozen=True)
class Opinion:
    """A text whose polarity is known.

    Attributes:
        case: The template it was made from.
        text: What is said.
        sign: +1 praise, -1 blame.
        or_neutral: Whether a neutral class, if there is one, would be right as well.
    """

    case: str
    text: str
    sign: int
    or_neutral: bool = False


def fill_frames(
    frames: Sequence[str],
    words: Sequence[Mapping[str, str]],
    sign: int,
    *,
    per_frame: int,
    or_neutral: bool = False,
) -> list[Opinion]:
    """Each frame with `per_frame` of the fillings, which go round so that all are used.

    `{thing}` goes round too.

    Args:
        frames: With the slots that the fillings have.
        words: Slot -> word, one mapping a filling.
        sign: Of what comes of it.
        per_frame: Rows of each frame; its case is the frame.
        or_neutral: As in `Opinion`.
    """
    fillings = cycle(words)
    things = cycle(THINGS)
    return [
        Opinion(
            frame, _sentence_case(frame.format(thing=next(things), **filling)), sign, or_neutral
        )
        for frame in frames
        for filling in islice(fillings, per_frame)
    ]


def _sentence_case(text: str) -> str:
    """With a capital at the start, whatever word a frame begins with."""
    return text[:1].upper() + text[1:]


def known_test(
    capability: str, describe: str, opinions: Sequence[Opinion], polarity: Polarity
) -> Behaviour:
    """A test of texts whose class is known; a text that comes up twice is kept once."""
    unique = list({opinion.text: opinion for opinion in opinions}.values())
    accepted = np.stack(
        [polarity.accepted(opinion.sign, or_neutral=opinion.or_neutral) for opinion in unique]
    )
    texts = [opinion.text for opinion in unique]
    return _behaviour(
        capability,
        describe,
        texts,
        [opinion.case for opinion in unique],
        MinimumFunctionality(accepted),
    )


def changed_test(
    capability: str, describe: str, forms: Sequence[Sequence[str]], polarity: Polarity
) -> Behaviour:
    """A test of texts, each with changed forms that must be predicted like the original."""
    texts, cases = _of_forms(forms)
    return _behaviour(capability, describe, texts, cases, Invariance(watched=polarity.pole(1)))


def directed_test(
    capability: str,
    describe: str,
    forms: Sequence[tuple[int, Sequence[str]]],
    polarity: Polarity,
    *,
    moves: Literal["rise", "fall"],
    tolerance: float,
) -> Behaviour:
    """A test of texts of known sign, each with changed forms.

    In these, its own class must become surer, or less sure.
    """
    texts, cases = _of_forms([each for _, each in forms])
    classes = [polarity.pole(sign) for sign, each in forms for _ in dict.fromkeys(each)]
    return _behaviour(
        capability,
        describe,
        texts,
        cases,
        Direction(np.array(classes, dtype=np.int64), moves, tolerance),
    )


def filled_test(
    capability: str,
    describe: str,
    frames: Sequence[str],
    fillers: Sequence[tuple[str, Mapping[str, str]]],
    polarity: Polarity,
    *,
    is_control: bool = False,
) -> Behaviour:
    """A test of frames with the slot `{filler}`, each filled with every filler.

    Args:
        capability: As in `Behaviour`.
        describe: As in `Behaviour`.
        frames: Complete but for the filler.
        fillers: Each text, with its group by attribute.
        polarity: Of the classes.
        is_control: Whether the fillers name nobody.
    """
    texts = [
        _sentence_case(" ".join(frame.format(filler=text).split()))
        for frame in frames
        for text, _ in fillers
    ]
    cases = [frame for frame in frames for _ in fillers]
    groups = {
        name: np.array([own[name] for _ in frames for _, own in fillers], dtype=np.str_)
        for name in fillers[0][1]
    }
    return _behaviour(
        capability, describe, texts, cases, Invariance(polarity.pole(1), groups, is_control)
    )


def _of_forms(forms: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """Texts and cases; a form that equals another of its text is left out."""
    texts = [form for each in forms for form in dict.fromkeys(each)]
    return texts, [each[0] for each in forms for _ in dict.fromkeys(each)]


def _behaviour(
    capability: str,
    describe: str,
    texts: Sequence[str],
    cases: Sequence[str],
    expectation: MinimumFunctionality | Invariance | Direction,
) -> Behaviour:
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return Behaviour(
        capability,
        describe,
        {"text": column},
        np.array(texts, dtype=np.str_),
        np.array(cases, dtype=np.str_),
        expectation,
    )
