"""Reviews from a compositional grammar.

Synthetic texts whose label, its cause and its group bias are known.
"""

from __future__ import annotations

from data.grammar_reviews.authors import REGIONS, UPLAND
from data.grammar_reviews.lexicon import IDENTITY_TERMS
from data.grammar_reviews.reviews import (
    BIASED_IDENTITY,
    CLASS_NAMES,
    GENERATOR_VERSION,
    LABEL_NOISE,
    Reviews,
    generate_reviews,
)

__all__ = [
    "BIASED_IDENTITY",
    "CLASS_NAMES",
    "GENERATOR_VERSION",
    "IDENTITY_TERMS",
    "LABEL_NOISE",
    "REGIONS",
    "UPLAND",
    "Reviews",
    "generate_reviews",
]
