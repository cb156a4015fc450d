"""The closed-form linear member: ridge regression on mean-centred windows, one matrix for all series.

DLinear, NLinear, RLinear and FITS all are linear maps of the window and differ only in what they subtract; the closed form reaches
what their gradient training approaches (Toner & Darlow, "An Analysis of Linear Time Series Forecasting Models", ICML 2024,
arXiv 2403.14587).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples
from shared.errors import ContractError

__all__ = ["Ridge", "fit_ridge"]

_CHUNK_ROWS = 2048
_PENALTIES = np.logspace(-5.0, 1.5, 27)
"""Per training window, in units of a squared standard deviation: from next to nothing to nearly no slope."""


@dataclass(frozen=True)
class Ridge:
    """Forecast = window mean + (window − window mean) · weights.

    Attributes:
        weights: (lookback, horizon) float32.
        penalty: The chosen penalty per training window.
    """

    weights: NDArray[np.float32]
    penalty: float


@dataclass(frozen=True)
class _Moments:
    """All that ridge regression needs of a set of windows; sums over them, so that sets can be added and taken away."""

    inputs: NDArray[np.float64]  # (lookback, lookback): Σ x xᵀ
    cross: NDArray[np.float64]  # (lookback, horizon): Σ x yᵀ
    outputs: float  # Σ |y|²
    num_windows: int

    def without(self, other: _Moments) -> _Moments:
        return _Moments(
            self.inputs - other.inputs, self.cross - other.cross, self.outputs - other.outputs, self.num_windows - other.num_windows
        )

    def error(self, weights: NDArray[np.float64]) -> float:
        """The sum of squared errors, Σ |y − wᵀx|²."""
        return float(self.outputs - 2.0 * (weights * self.cross).sum() + (weights * (self.inputs @ weights)).sum())


def fit_ridge(train: Examples, num_folds: int) -> Ridge:
    """Fit on all training windows; the penalty is chosen by cross-validation over consecutive blocks of time.

    Each window is centred on its own mean and divided by its series' training standard deviation, so that large series do not
    outweigh small ones. Only the training part is seen.

    Args:
        train: The training part, with its forecast context.
        num_folds: Number of blocks; fewer if there are fewer windows.
    """
    folds = [_sum_moments(train, indices) for indices in _blocks_of_time(train, num_folds)]
    total = _add(folds)
    errors = np.zeros(len(_PENALTIES))
    for fold in folds:
        solve = _Solver(total.without(fold))
        errors += [fold.error(solve(penalty)) for penalty in _PENALTIES]
    best = float(_PENALTIES[int(errors.argmin())])
    return Ridge(weights=_Solver(total)(best).astype(np.float32), penalty=best)


class _Solver:
    """Ridge weights for any penalty from one eigendecomposition."""

    def __init__(self, moments: _Moments) -> None:
        self._values, self._vectors = np.linalg.eigh(moments.inputs)
        self._projected = self._vectors.T @ moments.cross
        self._num_windows = moments.num_windows

    def __call__(self, penalty: float) -> NDArray[np.float64]:
        shrunk = np.maximum(self._values, 0.0)[:, None] + penalty * self._num_windows
        return np.asarray(self._vectors @ (self._projected / shrunk))


def _blocks_of_time(train: Examples, num_folds: int) -> Iterator[NDArray[np.int64]]:
    if train.forecast is None:
        raise ContractError("Forecast examples need their ForecastContext, received none.")
    order = np.argsort(train.forecast.starts, kind="stable")
    return (block.astype(np.int64) for block in np.array_split(order, min(num_folds, len(order))))


def _sum_moments(train: Examples, indices: NDArray[np.int64]) -> _Moments:
    return _add([_moments(train, indices[start : start + _CHUNK_ROWS]) for start in range(0, len(indices), _CHUNK_ROWS)])


def _moments(train: Examples, indices: NDArray[np.int64]) -> _Moments:
    if train.forecast is None:
        raise ContractError("Forecast examples need their ForecastContext, received none.")
    scale = train.forecast.scale[indices].astype(np.float64)  # (rows, 1)
    windows = train.rows(indices)["window"][:, :, 0].astype(np.float64)  # (rows, lookback)
    means = windows.mean(axis=1, keepdims=True)
    inputs = (windows - means) / scale
    outputs = (train.targets[indices, :, 0].astype(np.float64) - means) / scale  # (rows, horizon)
    return _Moments(inputs.T @ inputs, inputs.T @ outputs, float((outputs**2).sum()), len(indices))


def _add(parts: list[_Moments]) -> _Moments:
    inputs, cross = parts[0].inputs.copy(), parts[0].cross.copy()
    for part in parts[1:]:
        inputs += part.inputs
        cross += part.cross
    return _Moments(inputs, cross, sum(part.outputs for part in parts), sum(part.num_windows for part in parts))
