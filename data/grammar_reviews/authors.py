"""Who writes: authors with a region, habits, and a place in exactly one split of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.grammar_reviews.clauses import pick
from data.grammar_reviews.lexicon import OPENERS

__all__ = ["REGIONS", "UPLAND", "Author", "draw_authors"]

UPLAND = "upland"
"""The region whose authors use words of their own, and whose labels are noisier if a bias is
planted."""
REGIONS = ("harbour", "valley", UPLAND)
_REGION_SHARES = (0.45, 0.35, 0.20)
_REVIEWS_PER_AUTHOR = (3, 10)


@dataclass(frozen=True)
class Author:
    """One writer.

    Attributes:
        name: Unique, such as "author-0007".
        region: One of `REGIONS`.
        split: `train`, `val` or `test`; all reviews of an author are in one split.
        num_reviews: How many reviews they write.
        num_clauses: How many clauses they usually write, 1 to 4.
        openers: Their favourite ways to begin a sentence.
    """

    name: str
    region: str
    split: str
    num_reviews: int
    num_clauses: int
    openers: tuple[str, ...]


def draw_authors(
    num_reviews: int, *, seed: int, validation_share: float, test_share: float
) -> list[Author]:
    """Draw authors until they write `num_reviews` reviews in all.

    Authors go to the split that is furthest behind its share, so that all three exist however few
    authors there are.
    """
    generator = np.random.default_rng([seed, 1])
    shares = {
        "train": 1.0 - validation_share - test_share,
        "val": validation_share,
        "test": test_share,
    }
    written = dict.fromkeys(shares, 0)
    authors: list[Author] = []
    while (missing := num_reviews - sum(written.values())) > 0:
        split = min(shares, key=lambda name: (written[name] + 1) / shares[name])
        count = min(missing, int(generator.integers(*_REVIEWS_PER_AUTHOR)))
        region = REGIONS[int(generator.choice(len(REGIONS), p=_REGION_SHARES))]
        num_clauses = int(generator.integers(1, 5))
        openers = tuple(pick(generator, OPENERS) for _ in range(2))
        name = f"author-{len(authors):04d}"
        authors.append(Author(name, region, split, count, num_clauses, openers))
        written[split] += count
    return authors
