"""Test splits drawn from a population whose truth is known, and where intervals lie about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from shared.statistics.intervals import Estimate
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = [
    "CLASSES",
    "ENTITIES",
    "RESAMPLES",
    "ROWS_EACH",
    "Places",
    "draw_split",
    "place_interval",
    "shares_of_places",
]

CLASSES = Categories(names=("a", "b", "c"), ordered=True)
ENTITIES, ROWS_EACH, RESAMPLES = 80, 5, 1000


class Places(NamedTuple):
    """Shares of draws whose interval lies above the truth, holds it, lies below it."""

    above: float
    inside: float
    below: float


def draw_split(
    generator: np.random.Generator, num_entities: int, gap: float = 0.0
) -> tuple[Predictions, Mapping[str, float]]:
    """Predictions of a model whose skill differs between entities, and each group's error share.

    Every second entity belongs to group b, whose decisions are spoilt so often that its error share
    rises by `gap`.
    """
    n = num_entities * ROWS_EACH
    entity = np.repeat(np.arange(num_entities), ROWS_EACH)
    targets = generator.choice(3, n, p=(0.5, 0.3, 0.2))
    scores = generator.normal(size=(n, 3))
    scores[np.arange(n), targets] += 1.5 + generator.normal(0.0, 0.7, num_entities)[entity]
    right = scores.argmax(axis=-1) == targets
    # A right decision is spoilt with this probability: of about 0.77 right ones, that makes a
    # difference of `gap`.
    spoilt = right & (entity % 2 == 1) & (generator.random(n) < gap / 0.77)
    scores[spoilt, targets[spoilt]] -= 10.0
    predictions = Predictions(
        np.arange(n).astype(np.str_),
        np.char.add("e", entity.astype(np.str_)),
        targets,
        scores.astype(np.float32),
    )
    error = CLASSES.row_errors(predictions)["error"]
    return predictions, {
        "a": float(error[entity % 2 == 0].mean()),
        "b": float(error[entity % 2 == 1].mean()),
    }


def place_interval(found: Estimate, truth: float) -> int:
    """-1 if the interval lies above the truth, 1 if below, 0 if it holds it."""
    if found.interval is None:
        return 1
    return -1 if truth < found.interval.low else int(truth > found.interval.high)


def shares_of_places(outcomes: Mapping[str, list[int]]) -> dict[str, Places]:
    """Number -> how often its interval was in each place."""
    return {
        name: Places(*(float(np.mean(np.array(places) == side)) for side in (-1, 0, 1)))
        for name, places in outcomes.items()
    }
