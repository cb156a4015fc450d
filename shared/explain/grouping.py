"""Long rows in groups: sentences first, then phrases and words where it matters.

Shapley values of hundreds of words need more evaluations than there are. Of some sentences they
need few; the strongest are cut up, and again, until there are as many parts as can be settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.explain.game.game import Game
from shared.explain.game.masked_score import MaskedScore
from shared.explain.game.together import Steps
from shared.explain.methods.shap_permutation import orders_within, random_orders

__all__ = ["grouped"]

_FEWEST_ORDERS = 8
"""With fewer, intervals are wide: four are the first look, eight the second."""
_SEARCH_ORDERS = 2
_SEARCH_SHARE = 0.5
"""Of the evaluations, for finding where it matters; the rest is for the values."""
_CUT_AT_ONCE = 2


@dataclass(frozen=True)
class _Part:
    """Visible segments that are removed together.

    Attributes:
        members: Their numbers among the visible ones.
        level: Of the cut that it is a group of; that of the segments themselves is the last.
    """

    members: NDArray[np.int64]
    level: int


def grouped(game: Game, max_evaluations: int, *, seed: int) -> Steps[Game]:
    """The game of fewer, larger segments where its own are too many; else the game itself.

    What cancels out inside a part that was not cut up stays hidden: the parts that are larger in
    sum are cut first.

    Args:
        game: Of one row.
        max_evaluations: That may be spent, those of the search included.
        seed: Of what is drawn.
    """
    cuts = [cut[game.visible] for cut in game.segments.groups]
    if not cuts or orders_within(game.score.num_segments, max_evaluations) >= _FEWEST_ORDERS:
        return game
    cuts.append(np.arange(game.score.num_segments))
    parts = _cut(_Part(cuts[-1], -1), cuts)
    spent = 0
    while spent < _SEARCH_SHARE * max_evaluations:
        merged = _merged(game, parts)
        values = yield from _search(merged, seed=seed)
        spent += merged.score.evaluations
        left = max_evaluations - spent
        tried = [_with_strongest_cut(parts, values, cuts, count) for count in (_CUT_AT_ONCE, 1)]
        finer = next((one for one in tried if _can_be_paid(len(one), left)), parts)
        if finer is parts:
            break
        parts = finer
    return replace(_merged(game, parts), spent=spent)


def _can_be_paid(num_parts: int, max_evaluations: int) -> bool:
    """Whether a further search and the orders that settle values can be had."""
    search = 2 * _SEARCH_ORDERS * num_parts
    return orders_within(num_parts, max_evaluations - search) >= _FEWEST_ORDERS


def _with_strongest_cut(
    parts: list[_Part],
    values: NDArray[np.float64],
    cuts: Sequence[NDArray[np.int64]],
    count: int,
) -> list[_Part]:
    """So many of the strongest parts cut up; the same list if nothing is left to cut."""
    strongest = np.argsort(-np.abs(values), kind="stable").tolist()
    chosen = [place for place in strongest if len(parts[place].members) > 1][:count]
    if not chosen:
        return parts
    finer: list[_Part] = []
    for place, part in enumerate(parts):
        finer += _cut(part, cuts) if place in chosen else [part]
    return finer


def _cut(part: _Part, cuts: Sequence[NDArray[np.int64]]) -> list[_Part]:
    """By the first finer cut that does cut it; by words at last."""
    for level in range(part.level + 1, len(cuts)):
        of_member = cuts[level][part.members]
        numbers = np.unique(of_member)
        if len(numbers) > 1:
            return [_Part(part.members[of_member == one], level) for one in numbers]
    return [part]


def _merged(game: Game, parts: Sequence[_Part]) -> Game:
    """The game of parts; segments that the model can't see stay as they are."""
    seen = np.flatnonzero(game.visible)
    first = np.arange(len(game.visible))  # of each segment's part
    for part in parts:
        first[seen[part.members]] = seen[part.members[0]]
    heads, owners = np.unique(first, return_inverse=True)
    inside = np.unique(first[seen], return_inverse=True)[1]
    visible = game.visible[heads]
    score = game.score
    merged = MaskedScore(
        lambda keep: score.mask(keep[:, inside]),
        score.scores,
        num_segments=len(parts),
        answer=score.answers,
    )
    segments = game.segments.merged(owners)
    return replace(game, segments=segments, visible=visible, score=merged, owners=owners)


def _search(game: Game, *, seed: int) -> Steps[NDArray[np.float64]]:
    generator = np.random.default_rng([seed, game.score.num_segments])
    drawn = yield from random_orders(game.score, generator, _SEARCH_ORDERS)
    return np.asarray(drawn.mean(axis=0))
