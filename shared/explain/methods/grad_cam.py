"""Where a network's last maps speak for the answer: coarse, cheap, and no attribution."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.errors import UserError
from shared.explain.game.together import without_asking
from shared.explain.methods.attribution import Attribution, AttributionTask

__all__ = ["grad_cam"]


@without_asking
def grad_cam(task: AttributionTask) -> Attribution:
    """ReLU(Σ_k α_k A^k), α_k the mean gradient of map k (Selvaraju et al. 2017, eq. 1 and 2).

    Enlarged to the image and averaged over each segment. It has no unit and sums to nothing; what
    speaks against the answer is left out. Our own lines: SHAP has no such method.

    Raises:
        UserError: The canvas is no image, or the network keeps no maps.
    """
    source = task.source()
    if source.image_px is None:
        raise UserError(
            "explain.method=grad_cam needs images; of other rows a network's maps lie on no canvas."
            " Choose integrated_gradients or expected_gradients."
        )
    maps, slopes = source.last_maps()  # (height, width, maps) each
    weights = slopes.mean(axis=(0, 1))
    heat = np.maximum(maps @ weights, 0.0)[..., None]
    enlarged = np.asarray(tf.image.resize(heat, source.image_px))[..., 0]
    values = np.array([_mean_inside(enlarged, span) for span in task.spans], dtype=np.float64)
    return Attribution("grad_cam", values, np.zeros(len(values)), True, num_gradients=1)


def _mean_inside(heat: NDArray[np.float32], span: NDArray[np.float64]) -> float:
    (top, bottom), (left, right) = span.astype(np.int64)
    return float(heat[top:bottom, left:right].mean())
