"""The closed-form linear member.

Ridge regression on mean-centred windows, one matrix for all series.

DLinear, NLinear, RLinear and FITS all are linear maps of the window and differ only in what they
subtract; the closed form reaches what their gradient training approaches (Toner & Darlow, "An
Analysis of Linear Time Series Forecasting Models", ICML 2024, arXiv 2403.14587).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipelines.time_series.models.gap_filling import fill_gaps
from shared.contract import Examples

__all__ = ["Ridge", "fit_ridge"]

_CHUNK_ROWS = 2048
_PENALTIES = np.logspace(-5.0, 1.5, 27)
"""Per training window, in units of a squared standard deviation: from next to nothing to nearly no
slope."""


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
    """All that ridge regression needs of a set of windows.

    Sums over them, so that sets can be added and taken away.
    """

    inputs: NDArray[np.float64]  # (lookback, lookback): Σ x xᵀ
    cross: NDArray[np.float64]  # (lookback, horizon): Σ x yᵀ over observed y
    outputs: NDArray[np.float64]  # (horizon,): Σ y² over observed y
    num_observed: NDArray[np.int64]  # (horizon,)
    num_windows: int

    def __add__(self, other: _Moments) -> _Moments:
        return _Moments(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )

    def without(self, other: _Moments) -> _Moments:
        return _Moments(
            *(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__)
        )

    @property
    def weight(self) -> NDArray[np.float64]:
        """(horizon,): how much each observed target counts.

        A step with few of them is then not taken for one near zero.

        Σ x xᵀ is over all windows. That over those whose target was observed is the same in
        proportion, as long as a gap does not depend on the history; so each step's sums are brought
        to the number of all windows.
        """
        return self.num_windows / np.maximum(self.num_observed, 1)

    def error(self, weights: NDArray[np.float64]) -> float:
        """The sum of squared errors, Σ |y − wᵀx|²."""
        fitted = (weights * (self.inputs @ weights)).sum()
        return float(
            (self.weight * self.outputs).sum()
            - 2.0 * (weights * self.cross * self.weight).sum()
            + fitted
        )


def fit_ridge(train: Examples, num_folds: int) -> Ridge:
    """Fit on all training windows.

    The penalty is chosen by cross-validation over consecutive blocks of time.

    Each window is centred on its own mean and divided by its series' training standard deviation,
    so that large series do not outweigh small ones. Only the training split is seen. Targets that
    were not observed have no weight.

    Args:
        train: The training split, with its forecast context.
        num_folds: Number of blocks; fewer if there are fewer windows.
    """
    folds = [_sum_moments(train, indices) for indices in _blocks_of_time(train, num_folds)]
    total = reduce(add, folds)
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
        self._projected = self._vectors.T @ (moments.cross * moments.weight)
        self._num_windows = moments.num_windows

    def __call__(self, penalty: float) -> NDArray[np.float64]:
        shrunk = np.maximum(self._values, 0.0)[:, None] + penalty * self._num_windows
        return np.asarray(self._vectors @ (self._projected / shrunk))


def _blocks_of_time(train: Examples, num_folds: int) -> Iterator[NDArray[np.int64]]:
    order = np.argsort(train.forecast_context.starts, kind="stable")
    return (block.astype(np.int64) for block in np.array_split(order, min(num_folds, len(order))))


def _sum_moments(train: Examples, indices: NDArray[np.int64]) -> _Moments:
    return reduce(
        add,
        [
            _moments(train, indices[start : start + _CHUNK_ROWS])
            for start in range(0, len(indices), _CHUNK_ROWS)
        ],
    )


def _moments(train: Examples, indices: NDArray[np.int64]) -> _Moments:
    scale = train.forecast_context.scale[indices].astype(np.float64)  # (rows, 1)
    windows = _filled_windows(train, indices)  # (rows, lookback)
    means = windows.mean(axis=1, keepdims=True)
    inputs = (windows - means) / scale
    targets = train.targets[indices, :, 0].astype(np.float64)  # (rows, horizon)
    observed = np.isfinite(targets)
    outputs = np.where(observed, (targets - means) / scale, 0.0)
    return _Moments(
        inputs.T @ inputs,
        inputs.T @ outputs,
        (outputs**2).sum(axis=0),
        observed.sum(axis=0),
        len(indices),
    )


def _filled_windows(train: Examples, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values of the windows (rows, lookback), their gaps filled as the network will see them."""
    values = train.rows(indices)["window"][:, :, :1]
    if train.forecast is not None and np.isnan(values).any():
        values = np.asarray(
            fill_gaps(ops.convert_to_tensor(values), train.forecast.recent.shape[1], (np.nan,))
        )
    return np.asarray(values[:, :, 0], dtype=np.float64)
