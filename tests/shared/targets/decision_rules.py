"""A rule of each kind, and rows whose probabilities are true."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.targets.decision import (
    DecisionRule,
    LowestCost,
    MostProbable,
    PriorAdjusted,
    Screening,
)

__all__ = ["PRIOR", "RULES", "imbalanced"]

PRIOR = (0.85, 0.12, 0.03)

RULES: tuple[DecisionRule, ...] = (
    MostProbable(),
    PriorAdjusted(tau=1.0, prior=PRIOR),
    LowestCost(
        costs=((0.0, 1.0, 1.0), (9.0, 0.0, 4.0), (30.0, 2.0, 0.0)), offsets=(-0.3, 0.2, 0.5)
    ),
    Screening(class_index=1, goal="sensitivity", requested=0.9, threshold=0.08),
)


def imbalanced(seed: int, n: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Logits (n, 3) of true probabilities, and classes drawn with the shares `PRIOR`.

    Given its class, a row's two features are normal around the class's place: the log posterior
    follows by Bayes' rule.
    """
    generator = np.random.default_rng(seed)
    places = np.array([[0.0, 0.0], [1.6, 0.0], [0.0, 1.8]])
    targets = generator.choice(3, size=n, p=PRIOR)
    features = places[targets] + generator.normal(size=(n, 2))
    distances = ((features[:, None, :] - places) ** 2).sum(axis=-1)
    return (np.log(PRIOR) - distances / 2.0).astype(np.float32), targets.astype(np.int64)
