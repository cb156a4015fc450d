"""Shapley values from random orders, with an interval each, until they are settled.

One order at a time is asked of SHAP's own permutation explainer, which walks it forwards and
backwards (Mitchell et al. 2022, section 4.1). What the library lacks is a rule when to stop:
its `error_bounds` give the spread of orders whose number was fixed before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.explain.methods.attribution import Attribution, AttributionTask, require_evaluations
from shared.explain.methods.growing import grow
from shared.explain.methods.shap_library import KeepMasker, attributed, guarded, load_shap

__all__ = ["orders_within", "shap_permutation"]


def orders_within(num_segments: int, max_evaluations: int) -> int:
    """Random orders that the evaluations allow, each walked in both directions."""
    # Both walks of all orders share their ends.
    return (max_evaluations - 2) // max(2 * (num_segments - 1), 1)


def shap_permutation(task: AttributionTask) -> Attribution:
    """Means over random orders; as many as settle the values, or as the evaluations allow."""
    score = task.score
    num_segments = score.num_segments
    require_evaluations(task, 2 * num_segments, "shap_permutation")
    masks = 2 * num_segments + 1
    with guarded(task.seed):
        explainer = load_shap().explainers.PermutationExplainer(
            score, KeepMasker(num_segments), seed=task.seed
        )

        def one_order() -> NDArray[np.float64]:
            return attributed(explainer, num_segments, max_evals=masks, batch_size=masks)

        grown = grow(
            one_order,
            most=orders_within(num_segments, task.max_evaluations),
            confidence=task.confidence,
            scale=abs(score.all_kept()),
        )
    return Attribution("shap_permutation", grown.values, grown.half_widths, grown.settled)
