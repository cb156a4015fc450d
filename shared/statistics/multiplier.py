"""Draws of ratios of sums without resampling.

The Gaussian multiplier bootstrap, for many numbers at once.

Where numbers are sums over entities divided by one common sum, a resample is nearly a normal draw
with their covariance by entity, and the quantiles of any norm of the draws are too (Chernozhukov,
Chetverikov & Kato 2013, section 3). That costs one covariance instead of thousands of products.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from shared.statistics.bootstrap import Draws, Resampling

__all__ = ["multiplier_draws"]


def multiplier_draws(sums: csr_array, totals: NDArray[np.float64], resampling: Resampling) -> Draws:
    """Values of `sums` over entities, each divided by the sum of `totals`, and normal draws around them; no jackknife.

    Args:
        sums: (parts, entities) float64.
        totals: (entities,) float64: the common denominator.
        resampling: How many draws, and their seed.
    """
    num_entities, size = len(totals), float(totals.sum())
    point = np.asarray(sums.sum(axis=1)).reshape(-1) / size
    if num_entities < 2:
        return Draws(point, np.empty((len(point), 0)), np.empty((len(point), 0)))
    # Influences are (sums - point ⊗ totals) / size, (parts, entities); they are never written out,
    # because sums are sparse.
    crossed = np.outer(sums @ totals, point)
    covariance = (
        (sums @ sums.T).toarray()
        - crossed
        - crossed.T
        + float(totals @ totals) * np.outer(point, point)
    ) / size**2
    values, vectors = np.linalg.eigh(covariance)
    normal = np.random.default_rng(list(resampling.seed)).normal(
        size=(len(point), resampling.resamples)
    )
    return Draws(
        point,
        point[:, None] + vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * normal),
        np.empty((len(point), 0)),
    )
