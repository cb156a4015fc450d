"""Generated rows beside real ones: how real, how various, and whether they are copies.

Numbers in, numbers out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["COPY_RATIO", "copy_ratios", "fidelity", "nearest"]

COPY_RATIO = 0.5
"""A row is a copy if its nearest training row is less than half as far away as its 50 nearest are
on average (Carlini et al. 2023, "Extracting training data from diffusion models", section 5.1).

Plain distance would call every blurred row a copy: what is blurred is near to everything."""

_NUM_NEAREST = 50
_NUM_NEIGHBOURS = 3
"""k of Kynkäänniemi et al. 2019, section 3.1."""
_CHUNK_CELLS = 2**22


def fidelity(
    of: NDArray[np.floating], among: NDArray[np.floating], *, neighbours: int = _NUM_NEIGHBOURS
) -> NDArray[np.bool_]:
    """Which rows lie within the reach of another crowd, (n,) bool.

    Within the reach is what is no further from some row of the crowd than that row's k-th
    neighbour in it. The share of generated rows among real ones is precision (are they real?), of
    real rows among generated ones recall (is all there?) (Kynkäänniemi et al. 2019, eq. 1 and 2).

    Args:
        of: (n, features).
        among: (m, features), m above `neighbours`.
        neighbours: k.

    Raises:
        ValueError: The crowd is too small to have a reach.
    """
    if len(among) <= neighbours:
        raise ValueError(f"needs more than {neighbours} rows, received {len(among)}")
    reach = np.concatenate(
        [np.partition(part, neighbours, axis=1)[:, neighbours] for part in _distances(among, among)]
    )  # at place 0 is the row itself
    # Rounding: a row of the crowd is within its own reach.
    return np.concatenate(
        [(part <= reach * (1.0 + 1e-6)).any(axis=1) for part in _distances(of, among)]
    )


def nearest(of: NDArray[np.floating], among: NDArray[np.floating]) -> NDArray[np.int64]:
    """For each row the place of the nearest one of a crowd."""
    return np.concatenate([part.argmin(axis=1) for part in _distances(of, among)])


def copy_ratios(
    of: NDArray[np.floating],
    among: NDArray[np.floating],
    *,
    same: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Distance of the nearest row over the mean distance of the 50 nearest ones, (n,).

    Args:
        of: (n, numbers).
        among: (m, numbers): what may have been copied.
        same: (n, m): pairs that don't count, such as a row and itself.
    """
    most = min(_NUM_NEAREST, len(among))
    ratios = []
    start = 0
    for part in _distances(of, among):
        if same is not None:
            part = np.where(same[start : start + len(part)], np.inf, part)
        start += len(part)
        closest = np.partition(part, most - 1, axis=1)[:, :most]
        finite = np.where(np.isfinite(closest), closest, np.nan)
        usual = np.nanmean(finite, axis=1)
        # Where all are at distance 0, each is a copy.
        ratios.append(np.divide(closest.min(axis=1), usual, out=0 * usual, where=usual > 0.0))
    return np.concatenate(ratios)


def _distances(of: NDArray[np.floating], among: NDArray[np.floating]) -> list[NDArray[np.float64]]:
    """Euclidean distances in pieces (rows, m) that fit into memory."""
    first = of.astype(np.float64)
    second = among.astype(np.float64)
    squares = (second**2).sum(axis=1)
    size = max(1, _CHUNK_CELLS // max(1, len(second)))
    found = []
    for start in range(0, len(first), size):
        part = first[start : start + size]
        products = part @ second.T
        squared = (part**2).sum(axis=1)[:, None] - 2.0 * products + squares
        found.append(np.sqrt(np.maximum(squared, 0.0)))
    return found
