"""One attribution with the game that it was found in, and what can be measured of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.explain.checks.removal import (
    Curves,
    additivity_error,
    area,
    closeness,
    removal,
)
from shared.explain.masked_score import MaskedScore
from shared.explain.methods.attribution import Attribution
from shared.explain.questions import ClassQuestion, Question, probability
from shared.run.artefacts.explanation_checks import NaiveOrder
from shared.run.artefacts.explanations_file import RemovalCurve

__all__ = ["Found", "additivity_of", "removal_numbers"]


@dataclass(frozen=True)
class Found:
    """What was found of one row.

    Attributes:
        row: The decoded row.
        segments: All of its segments.
        visible: (segments,) bool: which of them take part.
        question: What was asked.
        score: The answer as a function of which visible segments are kept.
        attribution: What each visible segment contributes to it.
    """

    row: Rows
    segments: Segments
    visible: NDArray[np.bool_]
    question: Question
    score: MaskedScore
    attribution: Attribution

    def emptied(self) -> Rows:
        """The row with every segment removed."""
        return self.segments.mask(np.zeros((1, len(self.segments.names)), dtype=np.bool_))


def additivity_of(found: Found) -> float | None:
    """How far the values are from the sum that their method promises.

    None for a method that promises none, or whose values keep it whatever the model does.
    """
    promised = found.attribution.should_sum_to
    if promised is None:
        return None
    start = found.score.all_kept() - promised
    values = found.attribution.values
    return additivity_error(values, all_kept=found.score.all_kept(), none_kept=start)


def removal_numbers(found: Found, *, seed: int) -> dict[str, Any]:
    """Deletion and insertion as `ExplainedRow` has them, of the probability where there is one.

    Not of log-odds: a model may be moved far in them where no probability follows. Forecasts have
    no probability, and what moves them most is what raises or lowers them most.
    """
    values = found.attribution.values
    is_class = isinstance(found.question, ClassQuestion)
    naive = {name: one[found.visible] for name, one in found.segments.naive_orders.items()}

    def as_answers(scores: NDArray[np.float64]) -> NDArray[np.float64] | None:
        if is_class:
            return probability(found.question, scores)
        return closeness(scores, found.score.all_kept())

    importance = values if is_class else np.abs(values)
    measured = removal(found.score, importance, naive, as_answers, seed=seed)
    if measured is None:
        nothing = [f"{name}_{part}" for name in ("deletion", "insertion") for part in _PARTS]
        return {
            **dict.fromkeys(nothing),
            "naive": tuple(_naive(name, None, None) for name in naive),
        }
    deletion = _numbers("deletion", measured.share, measured.deletion, sign=-1.0)
    insertion = _numbers("insertion", measured.share, measured.insertion, sign=1.0)
    falls = measured.deletion.naive
    rises = measured.insertion.naive
    orders = tuple(_naive(name, falls[name], rises[name]) for name in naive)
    return {**deletion, **insertion, "naive": orders}


_PARTS = ("auc", "auc_random", "gain", "curve")


def _naive(
    name: str, deletion: NDArray[np.float64] | None, insertion: NDArray[np.float64] | None
) -> NaiveOrder:
    return NaiveOrder(
        name=name,
        deletion_auc=None if deletion is None else area(deletion),
        insertion_auc=None if insertion is None else area(insertion),
    )


def _numbers(
    name: str, share: NDArray[np.float64], curves: Curves, *, sign: float
) -> dict[str, Any]:
    drawn = RemovalCurve(
        share=tuple(share.tolist()),
        informed=tuple(curves.informed.tolist()),
        random=tuple(curves.random.tolist()),
    )
    informed = area(curves.informed)
    by_chance = area(curves.random)
    numbers = (informed, by_chance, sign * (informed - by_chance), drawn)
    return {f"{name}_{part}": number for part, number in zip(_PARTS, numbers, strict=True)}
