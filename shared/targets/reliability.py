"""Do probabilities mean what they say? Bins of equal mass, and the calibration error over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["NUM_BINS", "calibration_error", "equal_mass_bins"]

NUM_BINS = 15
"""Number of bins of the expected calibration error (Guo et al. 2017, section 2)."""


def equal_mass_bins(confidence: NDArray[np.float64], num_bins: int = NUM_BINS) -> NDArray[np.int64]:
    """The bin of each row, so that bins hold about the same number of rows.

    Nixon et al. 2019, section 3. Equal values share a bin: otherwise the order of the rows would
    decide, and a constant forecast would look miscalibrated.

    Args:
        confidence: (n,) float64 in [0, 1].
        num_bins: Largest number of bins.

    Returns:
        (n,) int64 in [0, num_bins); with ties some bins stay empty.
    """
    edges = np.quantile(confidence, np.arange(1, num_bins) / num_bins)
    return np.searchsorted(edges, confidence, side="right").astype(np.int64)


def calibration_error(
    confidence: NDArray[np.float64], correct: NDArray[np.float64], num_bins: int = NUM_BINS
) -> float:
    """Expected calibration error.

    The bins' |mean confidence - share correct|, weighted by their rows (Guo et al. 2017, eq. 3).

    Args:
        confidence: (n,) float64: probability of the predicted class.
        correct: (n,) float64: 1 where the prediction is true, else 0.
        num_bins: Largest number of bins.
    """
    bins = equal_mass_bins(confidence, num_bins)
    differences = np.bincount(bins, weights=confidence - correct, minlength=num_bins)
    return float(np.abs(differences).sum() / len(confidence))
