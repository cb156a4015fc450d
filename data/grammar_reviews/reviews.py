"""Reviews from the grammar: text, label, the words that decide it, and the bias that is planted."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.grammar_reviews.authors import UPLAND, Author, draw_authors
from data.grammar_reviews.clauses import (
    Clause,
    filler_clause,
    opinion_clause,
    pick,
    reported_clause,
    verdict_clause,
)
from data.grammar_reviews.lexicon import COMPANIONS, IDENTITY_TERMS

__all__ = [
    "BIASED_IDENTITY",
    "CLASS_NAMES",
    "GENERATOR_VERSION",
    "LABEL_NOISE",
    "Reviews",
    "generate_reviews",
]

GENERATOR_VERSION = "1"
"""Changes whenever the same arguments give other reviews."""
CLASS_NAMES = {2: ("negative", "positive"), 3: ("negative", "neutral", "positive")}
"""Classes by their number, in order of the meaning's value."""
LABEL_NOISE = 0.03
"""Share of labels that are wrong for everybody: no model can be right about these."""
BIASED_IDENTITY = "muslim"
"""The identity group that the planted bias ties to the negative label in the training split. Hate
speech corpora tie such terms to abuse in the same way (Dixon et al. 2018, "Measuring and mitigating
unintended bias in text classification")."""

_COLUMNS = ("id", "text", "label", "meaning", "author", "region", "identity", "split")
_NOT_LETTER = re.compile(r"[^a-z]+")
_IDENTITY_SHARE = 0.5
_MOST_EXTRA_NEGATIVE = 0.45
_MOST_UPLAND_NOISE = 0.25
_AGREEING_SHARE = 0.88
_DECIDED = 0.5


@dataclass(frozen=True)
class Reviews:
    """Generated reviews.

    Attributes:
        table: One row a review: id, text, label (as given), meaning (as the grammar has it, without
            noise), author, region, identity ("none" or a key of `IDENTITY_TERMS`), split.
        ground_truth: For each review a mask over its whitespace-separated words, float32: 1 for the
            words that make the meaning.
    """

    table: pd.DataFrame
    ground_truth: tuple[NDArray[np.float32], ...]


def generate_reviews(
    num_reviews: int,
    *,
    seed: int,
    group_bias: float = 0.0,
    validation_share: float = 0.15,
    test_share: float = 0.2,
    num_classes: int = 2,
) -> Reviews:
    """Generate reviews; the same arguments give the same reviews.

    Args:
        num_reviews: How many, all different from each other.
        seed: Decides everything.
        group_bias: In [0, 1]. Share of the strongest bias: in the training split, reviews that
            mention `BIASED_IDENTITY` are negative with probability 0.5 + 0.45 · bias; in all
            splits, labels of upland authors are wrong with an additional probability of 0.25 ·
            bias.
        validation_share: Share of reviews by authors of the split `val`.
        test_share: Share of reviews by authors of the split `test`.
        num_classes: 2, or 3 with "neutral" for reviews that say nothing or balance out.
    """
    authors = draw_authors(
        num_reviews, seed=seed, validation_share=validation_share, test_share=test_share
    )
    seen: set[str] = set()
    records: list[dict[str, str]] = []
    masks: list[NDArray[np.float32]] = []
    for number, author in enumerate(authors):
        generator = np.random.default_rng([seed, 2, number])
        for _ in range(author.num_reviews):
            identity = _draw_identity(generator)
            meaning = _draw_meaning(generator, author.split, identity, group_bias, num_classes)
            text, mask = _write_new(generator, author, identity, meaning, seen)
            label = _noisy_label(generator, author.region, meaning, group_bias, num_classes)
            fields = (f"review-{len(records):05d}", text, label, meaning)
            of_author = (author.name, author.region, identity, author.split)
            records.append(dict(zip(_COLUMNS, (*fields, *of_author), strict=True)))
            masks.append(mask)
    return Reviews(pd.DataFrame.from_records(records), tuple(masks))


def _draw_identity(generator: np.random.Generator) -> str:
    """An identity group, or "none"."""
    if generator.random() >= _IDENTITY_SHARE:
        return "none"
    return pick(generator, tuple(IDENTITY_TERMS))


def _draw_meaning(
    generator: np.random.Generator, split: str, identity: str, group_bias: float, num_classes: int
) -> str:
    if num_classes == 3 and generator.random() < 1 / 3:
        return "neutral"
    biased = split == "train" and identity == BIASED_IDENTITY
    negative_share = 0.5 + _MOST_EXTRA_NEGATIVE * group_bias * biased
    return "negative" if generator.random() < negative_share else "positive"


def _noisy_label(
    generator: np.random.Generator, region: str, meaning: str, group_bias: float, num_classes: int
) -> str:
    wrong = LABEL_NOISE + _MOST_UPLAND_NOISE * group_bias * (region == UPLAND)
    if generator.random() >= wrong:
        return meaning
    return pick(generator, [name for name in CLASS_NAMES[num_classes] if name != meaning])


def _write_new(
    generator: np.random.Generator, author: Author, identity: str, meaning: str, seen: set[str]
) -> tuple[str, NDArray[np.float32]]:
    """Write until the text means what it should and nobody has written it before.

    Case and punctuation make no other text.
    """
    while True:
        clauses = _draw_clauses(generator, author, meaning)
        value = sum(clause.value for clause in clauses)
        if _meaning_of(value) != meaning:
            continue
        if identity != "none":
            phrase = pick(generator, IDENTITY_TERMS[identity])
            phrase = phrase.format(companion=pick(generator, COMPANIONS))
            words = ("I", "came", "with", "my", *phrase.split())
            place = int(generator.integers(len(clauses) + 1))
            clauses.insert(place, Clause(words, (False,) * len(words), 0.0))
        review = _as_sentences(generator, author, [_kept_if(clause, value) for clause in clauses])
        text = " ".join(review.words)
        key = _NOT_LETTER.sub("", text.lower())
        if key not in seen:
            seen.add(key)
            return text, np.asarray(review.decisive, dtype=np.float32)


def _draw_clauses(generator: np.random.Generator, author: Author, meaning: str) -> list[Clause]:
    sign = {"positive": 1, "negative": -1, "neutral": pick(generator, (-1, 1))}[meaning]
    dialect = author.region == UPLAND
    clauses = []
    for _ in range(max(1, author.num_clauses + int(generator.integers(-1, 2)))):
        clause_sign = sign if generator.random() < _AGREEING_SHARE else -sign
        match int(generator.choice(4, p=(0.62, 0.1, 0.1, 0.18))):
            case 0:
                clauses.append(opinion_clause(generator, clause_sign, dialect=dialect))
            case 1:
                clauses.append(verdict_clause(generator, clause_sign, dialect=dialect))
            case 2:
                clauses.append(reported_clause(generator))
            case _:
                clauses.append(filler_clause(generator))
    return clauses


def _meaning_of(value: float) -> str:
    if abs(value) < _DECIDED:
        return "neutral"
    return "positive" if value > 0 else "negative"


def _kept_if(clause: Clause, value: float) -> Clause:
    # A clause that speaks against the review's meaning is not its cause.
    return clause if clause.value * value > 0 else clause.silenced()


def _as_sentences(generator: np.random.Generator, author: Author, clauses: list[Clause]) -> Clause:
    review = Clause((), (), 0.0)
    for clause in clauses:
        opened = clause
        if generator.random() < 0.25:
            opener = tuple(pick(generator, author.openers).split())
            opened = Clause(opener, (False,) * len(opener), 0.0).ending(",") + clause
        first = opened.words[0][0].upper() + opened.words[0][1:]
        mark = "!" if generator.random() < 0.1 else "."
        sentence = Clause((first, *opened.words[1:]), opened.decisive, opened.value)
        review = review + sentence.ending(mark)
    return review
