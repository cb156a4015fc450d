"""What features of the training split are like: one mean a class, one covariance for all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from shared.run.artefacts.feature_distance import FeatureDistance

__all__ = ["fit_feature_distance"]

_LEAST_VARIANCE = 1e-6
"""Added to every standardised feature's, so that features which never vary can be whitened too."""


def fit_feature_distance(
    features: NDArray[np.float32], classes: NDArray[np.int64]
) -> FeatureDistance | None:
    """Fit means of the classes and the covariance within them (Lee et al. 2018, section 2.1).

    Few rows in many dimensions have a covariance that can't be inverted, so it is shrunk (Ledoit &
    Wolf 2004) after each feature got its own scale. The relative distance (Ren et al. 2021), which
    subtracts the distance to a Gaussian of all rows, was as good on OOD inputs, worse on corrupted
    ones, and is 0 where there is one class; see docs/evaluation.md.

    Args:
        features: (n, features) of training rows; rows that are not finite count nowhere.
        classes: (n,) class of each row, all equal where there are none.

    Returns:
        None if fewer than two rows are finite.
    """
    finite = np.isfinite(features).all(axis=1)
    known = features[finite].astype(np.float64)
    if len(known) < 2:
        return None
    spread = known.std(axis=0)
    # A feature that is the same in all rows keeps its own unit.
    scale = np.where(spread > 1e-6 * max(1.0, float(spread.max())), spread, 1.0)
    names, codes = np.unique(classes[finite], return_inverse=True)
    means = np.stack([known[codes == code].mean(axis=0) for code in range(len(names))])
    covariance, _ = ledoit_wolf((known - means[codes]) / scale, assume_centered=True)
    root = np.linalg.cholesky(covariance + _LEAST_VARIANCE * np.eye(len(covariance)))
    whitening = np.linalg.inv(root).T / scale[:, None]
    return FeatureDistance(whitening.astype(np.float32), (means @ whitening).astype(np.float32))
