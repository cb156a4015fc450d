"""Clauses and the meaning of their parts.

How negation, contrast, intensity and hearsay change what a word says.

The rules follow Polanyi & Zaenen (2004), "Contextual valence shifters": a negator turns a word
around and leaves it mild, an intensifier makes it strong, of two clauses joined by "but" the second
decides, and an opinion that is reported or expected does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from data.grammar_reviews.lexicon import (
    AMBIGUOUS_PAIRS,
    ASPECTS,
    DIALECT_WORDS,
    DIMINISHERS,
    FILLERS,
    INTENSIFIERS,
    NEGATIVE,
    NEGATORS,
    POSITIVE,
    REPORTERS,
    VERBS,
    VERDICTS,
)

__all__ = ["Clause", "filler_clause", "opinion_clause", "pick", "reported_clause", "verdict_clause"]

_CONTRAST_SHARE = 0.2
_DIALECT_SHARE = 0.6
Item = TypeVar("Item")


@dataclass(frozen=True)
class Clause:
    """A piece of a sentence.

    Attributes:
        words: The words, without spaces; punctuation hangs on the word before it.
        decisive: For each word, whether it takes part in the value.
        value: Positive praises, negative blames, 0 says nothing.
    """

    words: tuple[str, ...]
    decisive: tuple[bool, ...]
    value: float

    def __add__(self, other: Clause) -> Clause:
        return Clause(
            self.words + other.words, self.decisive + other.decisive, self.value + other.value
        )

    def silenced(self) -> Clause:
        """The same words, counting for nothing."""
        return Clause(self.words, (False,) * len(self.words), 0.0)

    def ending(self, mark: str) -> Clause:
        """With a punctuation mark on the last word."""
        return replace(self, words=(*self.words[:-1], self.words[-1] + mark))


def pick(generator: np.random.Generator, options: Sequence[Item]) -> Item:
    """One of the options, all equally likely."""
    return options[int(generator.integers(len(options)))]


def filler_clause(generator: np.random.Generator) -> Clause:
    """A clause without an opinion."""
    return _neutral(pick(generator, FILLERS))


def reported_clause(generator: np.random.Generator) -> Clause:
    """A clause whose opinion word does not count."""
    adjective = pick(generator, tuple(POSITIVE if generator.random() < 0.5 else NEGATIVE))
    return _neutral(
        pick(generator, REPORTERS).format(aspect=pick(generator, ASPECTS), adjective=adjective)
    )


def opinion_clause(generator: np.random.Generator, sign: int, *, dialect: bool) -> Clause:
    """A clause of the given polarity, in one of many forms.

    Args:
        generator: Source of randomness.
        sign: +1 or -1.
        dialect: Use upland words where there are some.
    """
    if generator.random() < _CONTRAST_SHARE:
        return _contrast(generator, sign, dialect)
    return _simple(generator, sign, dialect)


def verdict_clause(generator: np.random.Generator, sign: int, *, dialect: bool) -> Clause:
    """A clause of the given polarity that counts double."""
    opinion = _simple(generator, sign, dialect)
    return _neutral(pick(generator, VERDICTS)).ending(",") + replace(
        opinion, value=2.0 * opinion.value
    )


def _simple(generator: np.random.Generator, sign: int, dialect: bool) -> Clause:
    makers: tuple[Callable[[np.random.Generator, int, bool], Clause], ...] = (
        _plain,
        _negated,
        _graded,
        _verbal,
        _ambiguous,
    )
    shares = (0.36, 0.22, 0.16, 0.16, 0.10)
    make = makers[int(generator.choice(len(makers), p=shares))]
    return make(generator, sign, dialect)


def _contrast(generator: np.random.Generator, sign: int, dialect: bool) -> Clause:
    conceded = _simple(generator, -sign, dialect).silenced()
    counts = _simple(generator, sign, dialect)
    match int(generator.integers(3)):
        case 0:
            return conceded.ending(",") + Clause(("but",), (True,), 0.0) + counts
        case 1:
            return Clause(("although",), (True,), 0.0) + conceded.ending(",") + counts
        case _:
            return counts.ending(",") + Clause(("even", "though"), (True, True), 0.0) + conceded


def _plain(generator: np.random.Generator, sign: int, dialect: bool) -> Clause:
    word, value = _adjective(generator, sign, dialect)
    return _about(generator) + Clause(("was", word), (False, True), value)


def _negated(generator: np.random.Generator, sign: int, dialect: bool) -> Clause:
    negator = pick(generator, NEGATORS)
    word, _ = _adjective(generator, -sign, dialect)
    between = (pick(generator, INTENSIFIERS),) if generator.random() < 0.3 else ()
    words = (*negator, *between, word)
    return _about(generator) + Clause(words, (True,) * len(words), float(sign))


def _graded(generator: np.random.Generator, sign: int, dialect: bool) -> Clause:
    word, value = _adjective(generator, sign, dialect)
    if generator.random() < 0.5:
        return _about(generator) + Clause(
            ("was", pick(generator, INTENSIFIERS), word), (False, True, True), 2.0 * sign
        )
    return _about(generator) + Clause(
        ("was", pick(generator, DIMINISHERS), word), (False, True, True), 0.5 * value
    )


def _verbal(generator: np.random.Generator, sign: int, dialect: bool) -> Clause:
    del dialect  # verbs have no upland form
    if generator.random() < 0.5:
        (past, _), value = pick(generator, _of_sign(VERBS, sign))
        return Clause(("I", past), (False, True), value) + _about(generator)
    (_, base), _ = pick(generator, _of_sign(VERBS, -sign))
    return Clause(("I", "did", "not", base), (False, True, True, True), float(sign)) + _about(
        generator
    )


def _ambiguous(generator: np.random.Generator, sign: int, dialect: bool) -> Clause:
    del dialect  # these pairs have no upland form
    (aspect, adjective), value = pick(generator, _of_sign(AMBIGUOUS_PAIRS, sign))
    be = "were" if aspect.endswith("s") else "was"
    return Clause(("the", aspect, be, adjective), (False, True, False, True), value)


def _about(generator: np.random.Generator) -> Clause:
    return Clause(("the", pick(generator, ASPECTS)), (False, False), 0.0)


def _adjective(generator: np.random.Generator, sign: int, dialect: bool) -> tuple[str, float]:
    word, value = pick(generator, _ADJECTIVES[sign])
    if dialect and word in DIALECT_WORDS and generator.random() < _DIALECT_SHARE:
        return DIALECT_WORDS[word], value
    return word, value


def _of_sign(
    values: Mapping[tuple[str, str], float], sign: int
) -> list[tuple[tuple[str, str], float]]:
    return [(words, value) for words, value in values.items() if value * sign > 0]


def _neutral(text: str) -> Clause:
    words = tuple(text.split())
    return Clause(words, (False,) * len(words), 0.0)


_ADJECTIVES: Mapping[int, tuple[tuple[str, float], ...]] = {
    1: tuple(POSITIVE.items()),
    -1: tuple(NEGATIVE.items()),
}
