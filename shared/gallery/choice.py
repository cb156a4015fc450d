"""Which test rows a person should look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.gallery_file import ItemKind
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["ChosenRow", "choose_rows"]

_NUM_MISTAKES = 12
_NUM_UNSURE = 4
_NUM_RIGHT = 4


@dataclass(frozen=True)
class ChosenRow:
    """One row.

    Attributes:
        kind: Why it is shown.
        place: Of the row.
    """

    kind: ItemKind
    place: int


def choose_rows(
    target: Categories, predictions: Predictions, *, seed: int
) -> tuple[ChosenRow, ...]:
    """The most confident mistakes, the least sure rows, and right ones drawn at random.

    No row comes twice.

    Args:
        target: As the deployed model decides for it.
        predictions: Calibrated, with finite scores.
        seed: Of what is drawn.
    """
    decided = target.decide(predictions.scores)
    confidence = target.confidence(predictions.scores)
    is_wrong = decided != predictions.targets
    wrong = np.flatnonzero(is_wrong)
    mistakes = wrong[np.argsort(-confidence[wrong], kind="stable")][:_NUM_MISTAKES]
    rest = np.setdiff1d(np.arange(len(decided)), mistakes)
    unsure = rest[np.argsort(confidence[rest], kind="stable")][:_NUM_UNSURE]
    right = np.setdiff1d(np.flatnonzero(~is_wrong), unsure)
    drawn = _some(right, seed)
    return (
        *_of_kind("confident mistake", mistakes),
        *_of_kind("least sure", unsure),
        *_of_kind("right", drawn),
    )


def _some(places: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    generator = np.random.default_rng([seed, len(places)])
    return np.sort(generator.choice(places, min(len(places), _NUM_RIGHT), replace=False))


def _of_kind(kind: ItemKind, places: NDArray[np.int64]) -> list[ChosenRow]:
    return [ChosenRow(kind, int(place)) for place in places]
