"""Shapley values by enumeration: no error, for few segments only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.explain.game.masked_score import Ask
from shared.explain.game.together import Steps
from shared.explain.methods.attribution import Attribution, AttributionTask, require_evaluations
from shared.explain.methods.shap_library import KeepMasker, attributed, guarded, load_shap

__all__ = ["shap_exact"]

_BATCH_MASKS = 64


def shap_exact(task: AttributionTask) -> Steps[Attribution]:
    """Shapley values (Shapley 1953) over all subsets of the segments."""
    score = task.score
    num_segments = score.num_segments
    require_evaluations(task, 2**num_segments, "shap_exact")
    yield Ask(score, _all_subsets(num_segments))
    with guarded(task.seed):
        explainer = load_shap().explainers.ExactExplainer(score, KeepMasker(num_segments))
        values = attributed(
            explainer, num_segments, max_evals=task.max_evaluations, batch_size=_BATCH_MASKS
        )
    return Attribution("shap_exact", values, np.zeros(len(values)), True)


def _all_subsets(num_segments: int) -> NDArray[np.bool_]:
    numbers = np.arange(2**num_segments)[:, None]
    return np.asarray(numbers >> np.arange(num_segments) & 1, dtype=np.bool_)
