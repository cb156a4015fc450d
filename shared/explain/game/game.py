"""The game that one row is, and what can be measured of an attribution found in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.explain.checks.removal import (
    Curves,
    Importance,
    additivity_error,
    area,
    closeness,
    removal,
    removal_orders,
)
from shared.explain.game.masked_score import Ask, MaskedScore
from shared.explain.game.together import Steps
from shared.explain.methods.attribution import Attribution
from shared.explain.questions import ClassQuestion, Question, probability
from shared.run.artefacts.explanations.checks import NaiveOrder
from shared.run.artefacts.explanations.record import RemovalCurve, SegmentValue

__all__ = ["Game", "additivity_of", "answers_of", "removal_numbers", "strongest_segments"]

_MOST_NAMED = 10


@dataclass(frozen=True)
class Game:
    """One row and the question that is asked of it.

    Attributes:
        row: The decoded row.
        segments: All of its segments.
        visible: (segments,) bool: which of them take part.
        question: What was asked.
        score: The answer as a function of which visible segments are kept.
        spent: Evaluations that finding its segments took.
        owners: The segment of each of the domain's, where some of those were merged; else None.
    """

    row: Rows
    segments: Segments
    visible: NDArray[np.bool_]
    question: Question
    score: MaskedScore
    spent: int = 0
    owners: NDArray[np.int64] | None = None

    def emptied(self) -> Rows:
        """The row with every segment removed."""
        return self.segments.mask(np.zeros((1, len(self.segments.names)), dtype=np.bool_))

    def anew(self) -> Game:
        """The same game of a model that has changed."""
        return replace(self, score=self.score.anew())

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of visible segments at their places among all; 0 elsewhere."""
        spread = np.zeros(len(self.visible))
        spread[self.visible] = values
        return spread


def additivity_of(game: Game, attribution: Attribution) -> float | None:
    """How far the values are from the sum that their method promises.

    None for a method that promises none, or whose values keep it whatever the model does.
    """
    promised = attribution.should_sum_to
    if promised is None:
        return None
    whole = game.score.all_kept()
    return additivity_error(attribution.values, all_kept=whole, none_kept=whole - promised)


def strongest_segments(game: Game, attribution: Attribution) -> tuple[SegmentValue, ...]:
    """What contributes most, by name, largest first."""
    names = np.array(game.segments.names, dtype=np.str_)[game.visible]
    order = np.argsort(-np.abs(attribution.values), kind="stable")[:_MOST_NAMED]
    reaches = attribution.half_widths[order]
    return tuple(
        SegmentValue(
            name=str(names[place]),
            value=float(attribution.values[place]),
            half_width=float(reach) if np.isfinite(reach) else None,
        )
        for place, reach in zip(order.tolist(), reaches, strict=True)
    )


def answers_of(game: Game, scores: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Scores on one scale from 0 to 1: probabilities; of forecasts how near the whole row's.

    None where forecasts are not to be told apart.
    """
    if isinstance(game.question, ClassQuestion):
        return probability(game.question, scores)
    return closeness(scores, game.score.all_kept())


def removal_numbers(game: Game, attribution: Attribution, *, seed: int) -> Steps[dict[str, Any]]:
    """Deletion and insertion as `ExplainedRow` has them, of the probability where there is one.

    Not of log-odds: a model may be moved far in them where no probability follows.
    """
    values = attribution.values
    is_class = isinstance(game.question, ClassQuestion)
    naive = {name: one[game.visible] for name, one in game.segments.naive_orders.items()}
    order = Importance.for_class if is_class else Importance.for_forecast
    orders = removal_orders(order(values), naive, seed=seed)
    yield Ask(game.score, orders.masks)
    measured = removal(game.score, orders, lambda scores: answers_of(game, scores))
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
    numbers = tuple(_naive(name, falls[name], rises[name]) for name in naive)
    return {**deletion, **insertion, "naive": numbers}


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
