"""The method that was asked for, or the surest that the evaluations allow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shared.config import ExplainMethod
from shared.explain.attention.attention import attention
from shared.explain.game.together import Steps
from shared.explain.methods.attribution import Attribution, AttributionTask, Method
from shared.explain.methods.expected_gradients import expected_gradients
from shared.explain.methods.grad_cam import grad_cam
from shared.explain.methods.integrated_gradients import integrated_gradients
from shared.explain.methods.occlusion import occlusion
from shared.explain.methods.shap_exact import shap_exact
from shared.explain.methods.shap_partition import shap_partition
from shared.explain.methods.shap_permutation import orders_within, shap_permutation

__all__ = ["attribute", "evaluations_of"]

_FEWEST_EVALUATIONS = 64
"""Of a brief explanation: exact for up to six segments, four draws of gradients."""

_METHODS: Mapping[ExplainMethod, Method] = {
    "shap_exact": shap_exact,
    "shap_permutation": shap_permutation,
    "shap_partition": shap_partition,
    "expected_gradients": expected_gradients,
    "integrated_gradients": integrated_gradients,
    "grad_cam": grad_cam,
    "attention": attention,
    "occlusion": occlusion,
}


def attribute(task: AttributionTask, method: ExplainMethod) -> Steps[Attribution]:
    """Share a row's score out among its visible segments.

    Args:
        task: Of the row.
        method: By name. "auto" takes `shap_exact` where all subsets can be had for the evaluations,
            `shap_permutation` where one order can, else `shap_partition`.

    Raises:
        UserError: A method that was named can't be had.
    """
    score = task.score
    if score.num_segments < 2:
        whole = score.all_kept() - score.none_kept()
        values = np.full(score.num_segments, whole)
        return Attribution("shap_exact", values, np.zeros_like(values), True)
    chosen = _surest(task) if method == "auto" else method
    return (yield from _METHODS[chosen](task))


def evaluations_of(method: ExplainMethod, num_segments: int, *, orders: int, at_most: int) -> int:
    """What a brief explanation may cost: so many random orders, or what another method needs.

    Args:
        method: By name.
        num_segments: Of the row.
        orders: Random orders, each walked both ways.
        at_most: Evaluations that a full explanation may spend.
    """
    if method == "shap_exact":
        return at_most
    return min(max(2 * orders * num_segments, num_segments + 2, _FEWEST_EVALUATIONS), at_most)


def _surest(task: AttributionTask) -> ExplainMethod:
    num_segments = task.score.num_segments
    if 2**num_segments <= task.max_evaluations:
        return "shap_exact"
    if orders_within(num_segments, task.max_evaluations) >= 1:
        return "shap_permutation"
    return "shap_partition"
