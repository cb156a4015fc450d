"""Shapley values by enumeration: no error, for few segments only."""

from __future__ import annotations

import numpy as np

from shared.explain.methods.attribution import Attribution, AttributionTask, require_evaluations
from shared.explain.methods.shap_library import KeepMasker, attributed, guarded, load_shap

__all__ = ["shap_exact"]

_BATCH_MASKS = 64


def shap_exact(task: AttributionTask) -> Attribution:
    """Shapley values (Shapley 1953) over all subsets of the segments."""
    score = task.score
    require_evaluations(task, 2**score.num_segments, "shap_exact")
    with guarded(task.seed):
        explainer = load_shap().explainers.ExactExplainer(score, KeepMasker(score.num_segments))
        values = attributed(
            explainer,
            score.num_segments,
            max_evals=task.max_evaluations,
            batch_size=_BATCH_MASKS,
        )
    return Attribution("shap_exact", values, np.zeros(len(values)), True)
