"""Shapley values from random orders, with an interval each, until they are settled.

Each order is walked forwards and backwards (Mitchell et al. 2022, section 4.1), as SHAP's own
permutation explainer does. Ours are the walk, since the library asks for ten masks at a time of one
order of one row, where all orders of a look, of many rows, can be scored together; and the rule
when to stop, as its `error_bounds` give the spread of orders whose number was fixed before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.explain.game.masked_score import Ask, MaskedScore
from shared.explain.game.together import Steps
from shared.explain.methods.attribution import Attribution, AttributionTask, require_evaluations
from shared.explain.methods.growing import grow

__all__ = ["orders_within", "random_orders", "shap_permutation"]


def orders_within(num_segments: int, max_evaluations: int) -> int:
    """Random orders that the evaluations allow, each walked in both directions."""
    # Both walks of all orders share their ends.
    return (max_evaluations - 2) // max(2 * (num_segments - 1), 1)


def shap_permutation(task: AttributionTask) -> Steps[Attribution]:
    """Means over random orders; as many as settle the values, or as the evaluations allow."""
    score = task.score
    num_segments = score.num_segments
    require_evaluations(task, 2 * num_segments, "shap_permutation")
    generator = np.random.default_rng([task.seed, num_segments])
    grown = yield from grow(
        lambda count: random_orders(score, generator, count),
        most=orders_within(num_segments, task.max_evaluations),
        confidence=task.confidence,
        scale=abs(score.all_kept()),
    )
    return Attribution("shap_permutation", grown.values, grown.half_widths, grown.settled)


def random_orders(
    score: MaskedScore, generator: np.random.Generator, count: int
) -> Steps[NDArray[np.float64]]:
    """What each segment adds in each order, mean of both directions, (count, segments)."""
    num_segments = score.num_segments
    orders = np.stack([generator.permutation(num_segments) for _ in range(count)])
    walks = np.concatenate([orders, orders[:, ::-1]])  # (2 count, segments)
    keep = _prefixes(walks).reshape(-1, num_segments)
    yield Ask(score, keep)
    scores = score(keep).reshape(len(walks), -1)
    gained = np.empty_like(walks, dtype=np.float64)
    np.put_along_axis(gained, walks, np.diff(scores, axis=1), axis=1)
    return np.asarray((gained[:count] + gained[count:]) / 2.0)


def _prefixes(walks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(walks, segments + 1, segments): what is kept after each step of each walk."""
    ranks = np.argsort(walks, axis=1)
    return np.asarray(ranks[:, None, :] < np.arange(walks.shape[1] + 1)[:, None])
