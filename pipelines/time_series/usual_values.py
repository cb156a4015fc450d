"""What stands in a window where an explanation takes something away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.targets.observed import observed_mean

__all__ = ["constant_columns", "last_observed", "observed_means", "seasonal_means"]


def seasonal_means(
    window: NDArray[np.float64], shape: tuple[int, ...], season_steps: int
) -> NDArray[np.float64]:
    """The window's mean at that place of the season, (steps, columns); 0 for the calendar."""
    place = np.arange(shape[0]) % season_steps
    overall = observed_means(window, np.zeros(window.shape[1]))
    means = np.stack(
        [observed_means(window[place[: len(window)] == i], overall) for i in range(season_steps)]
    )
    usual = np.zeros(shape)
    usual[:, : window.shape[1]] = means[place]
    return usual


def constant_columns(values: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """(steps, columns): one value for each column of the window; 0 for the calendar."""
    constant = np.zeros(shape)
    constant[:, : len(values)] = values
    return constant


def last_observed(
    window: NDArray[np.float64], otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The latest number of each column (steps, columns); `otherwise` where there is none."""
    observed = np.isfinite(window)
    latest = len(window) - 1 - observed[::-1].argmax(axis=0)
    return np.where(observed.any(axis=0), window[latest, np.arange(window.shape[1])], otherwise)


def observed_means(
    values: NDArray[np.float64], otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean of each column (steps, columns) over what was observed.

    `otherwise` (columns,) where nothing was.
    """
    means = observed_mean(values, np.isfinite(values), axes=(0,))
    return np.where(np.isfinite(means), means, otherwise)
