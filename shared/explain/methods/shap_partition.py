"""Owen values over a tree of neighbours: what is left where one random order costs too much."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage

from shared.explain.game.together import without_asking
from shared.explain.methods.attribution import Attribution, AttributionTask
from shared.explain.methods.shap_library import KeepMasker, attributed, guarded, load_shap

__all__ = ["neighbour_tree", "shap_partition"]

_BATCH_MASKS = 8
"""Masks per step. The most telling coalitions are refined first, so a large step would refine
less of them."""


@without_asking
def shap_partition(task: AttributionTask) -> Attribution:
    """Owen values (Owen 1977), refined where it matters until the evaluations are spent.

    Segments of a part that was not refined share its value, however unlike they are: on linear
    games of 80 and 144 segments and 300 evaluations the correlation with the true weights was .49
    and .25. The values sum all the same, and no spread tells, so they are never called settled.
    """
    score = task.score
    with guarded(task.seed):
        masker = KeepMasker(score.num_segments, neighbour_tree(task.spans))
        explainer = load_shap().explainers.PartitionExplainer(score, masker)
        # SHAP stops after the step in which it reaches its limit.
        limit = max(task.max_evaluations - _BATCH_MASKS, 2)
        values = attributed(explainer, score.num_segments, max_evals=limit, batch_size=_BATCH_MASKS)
    return Attribution("shap_partition", values, np.full(len(values), np.nan), False)


def neighbour_tree(spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hierarchical clustering (segments − 1, 4) of the segments by where they lie on the canvas.

    Neighbours join first.

    Ward's linkage on centres, each axis in units of its segments' median length, so that one step
    to the side counts as much as one step down whatever the axes measure.
    """
    centres = spans.mean(axis=-1)
    lengths = np.median(spans[..., 1] - spans[..., 0], axis=0)
    return np.asarray(
        linkage(centres / np.where(lengths > 0, lengths, 1.0), method="ward"), dtype=np.float64
    )
