"""Which examples are explained: few, but not all of one sort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Predictions

__all__ = ["select_examples"]


def select_examples(
    target: Target, predictions: Predictions, num_examples: int, *, seed: int
) -> NDArray[np.int64]:
    """Choose indices (int64, increasing) of at most `num_examples` rows.

    Categories: about a quarter are wrong decisions where there are that many, and the classes take
    turns. Horizon: evenly spaced over the series and, within each, over time.

    Args:
        target: Kind of target.
        predictions: Scores of the candidates.
        num_examples: How many to choose, at least 1.
        seed: Decides which examples of a class are taken.
    """
    num_examples = min(num_examples, len(predictions))
    match target:
        case Categories():
            return _stratified(target, predictions, num_examples, seed)
        case Horizon():
            return _spread(predictions, num_examples)
        case _:
            assert_never(target)


def _stratified(
    target: Categories, predictions: Predictions, num_examples: int, seed: int
) -> NDArray[np.int64]:
    generator = np.random.default_rng([seed, num_examples])
    order = generator.permutation(len(predictions))
    is_wrong = (target.decide(predictions.scores) != predictions.targets)[order]
    right, wrong = (
        _take_turns(order[chosen], predictions.targets, generator)
        for chosen in (~is_wrong, is_wrong)
    )
    num_wrong = min(len(wrong), max(num_examples // 4, num_examples - len(right)))
    chosen = [*right[: num_examples - num_wrong], *wrong[:num_wrong]]
    return np.sort(np.asarray(chosen, dtype=np.int64))


def _take_turns(
    indices: NDArray[np.int64], labels: NDArray[np.int64], generator: np.random.Generator
) -> list[int]:
    """Reorder so that the classes alternate; the class that begins is drawn."""
    present = generator.permutation(np.unique(labels[indices]))
    queues: Sequence[Iterable[int]] = [
        indices[labels[indices] == label].tolist() for label in present
    ]
    return [index for turn in zip_longest(*queues) for index in turn if index is not None]


def _spread(predictions: Predictions, num_examples: int) -> NDArray[np.int64]:
    starts = (
        np.arange(len(predictions)) if predictions.forecast is None else predictions.forecast.starts
    )
    order = np.lexsort((starts, predictions.entities))
    places = (
        (np.arange(num_examples) + 0.5) * len(order) / num_examples
    )  # middles of equal stretches: distinct when floored
    return np.sort(order[places.astype(np.int64)]).astype(np.int64)
