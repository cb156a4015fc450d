"""Does what is attended decide? It is removed, and as much of the rest beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.explain.game.game import Game, answers_of
from shared.explain.game.masked_score import Ask
from shared.explain.game.together import Steps
from shared.explain.methods.attribution import Attribution

__all__ = ["attended_numbers"]

_SHARE = 0.2
"""Of the segments is taken for attended, at least one; so many others are there to compare with."""
_NUM_DRAWS = 8


def attended_numbers(
    game: Game, attribution: Attribution, *, seed: int
) -> Steps[dict[str, float | None]]:
    """How far the answer moves, whichever way, as `ExplainedRow` has it.

    Of a class the probability; of a forecast the distance from the whole row's, the widest met
    being 1. Other methods name a direction, and are tested by deletion and insertion alone.
    """
    count = game.score.num_segments
    num_removed = max(1, round(_SHARE * count))
    if attribution.method != "attention" or 2 * num_removed > count:
        return {}
    order = np.argsort(-attribution.values, kind="stable")
    drawn = _drawn(order[num_removed:], num_removed, seed)
    keep = np.ones((2 + len(drawn), count), dtype=np.bool_)
    for place, removed in enumerate([order[:num_removed], *drawn], start=1):
        keep[place, removed] = False
    yield Ask(game.score, keep)
    answers = answers_of(game, game.score(keep))
    if answers is None:
        return {}
    moved = np.abs(answers - answers[0])[1:]
    return {"attended_change": float(moved[0]), "others_change": float(moved[1:].mean())}


def _drawn(others: NDArray[np.int64], count: int, seed: int) -> list[NDArray[np.int64]]:
    generator = np.random.default_rng([seed, len(others), count])
    return [generator.choice(others, count, replace=False) for _ in range(_NUM_DRAWS)]
