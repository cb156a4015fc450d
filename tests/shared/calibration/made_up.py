"""Predictions whose true probabilities are known."""

from __future__ import annotations

import numpy as np

from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["CLASSES", "overconfident"]

CLASSES = Categories(names=("cat", "dog", "eel"))


def overconfident(seed: int, n: int, *, factor: float = 3.0, rows_each: int = 1) -> Predictions:
    """Labels drawn from softmax(z), scored as `factor` · z.

    A temperature of `factor` puts it right.
    """
    generator = np.random.default_rng(seed)
    true_logits = generator.normal(scale=1.5, size=(n, 3))
    gumbel = generator.gumbel(size=(n, 3))
    targets = (true_logits + gumbel).argmax(axis=-1)
    entities = np.char.add("e", (np.arange(n) // rows_each).astype(str))
    return Predictions(
        np.char.add("i", np.arange(n).astype(str)),
        entities,
        targets,
        (factor * true_logits).astype(np.float32),
    )
