"""Rows that an invented model has scored: three classes, two groups, entities of three rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shared.monitoring.scored_rows import ScoredRows
from shared.targets import Categories

__all__ = ["CLASSES", "scored_rows"]

CLASSES = Categories(names=("benign", "malignant", "<b>other</b>"))


def scored_rows(
    seed: int, *, num_entities: int = 120, skill: float = 2.0, shift: float = 0.0
) -> ScoredRows:
    """Rows of one model; `shift` moves the logit of the second class and the OOD score."""
    generator = np.random.default_rng(seed)
    n = 3 * num_entities
    entities = np.repeat(np.arange(num_entities), 3)
    targets = generator.integers(0, 3, n)
    scores = generator.normal(size=(n, 3)) + generator.normal(size=(num_entities, 3))[entities]
    scores[np.arange(n), targets] += skill
    scores[:, 1] += shift
    stranger = generator.normal(size=n) + shift
    sexes = np.array(["female", "male"])[generator.integers(0, 2, num_entities)][entities]
    return ScoredRows(
        ids=np.char.add("row", np.arange(n).astype(str)),
        entities=np.char.add("person", entities.astype(str)),
        scores=scores.astype(np.float32),
        targets=targets,
        ood_scores=stranger,
        is_ood=stranger > 2.0,
        abstains=CLASSES.confidence(scores) < 0.5,
        in_set=CLASSES.probabilities(scores) > 0.1,
        groups=pd.DataFrame({"sex": sexes}),
    )
