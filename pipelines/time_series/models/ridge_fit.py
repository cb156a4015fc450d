"""The closed-form linear member.

Ridge regression on centred windows, one matrix for all series.

DLinear, NLinear, RLinear and FITS all are linear maps of the window and differ only in what they
subtract; the closed form reaches what their gradient training approaches (Toner & Darlow, "An
Analysis of Linear Time Series Forecasting Models", ICML 2024, arXiv 2403.14587). What to subtract
is what the forecast shrinks to: the mean, or the last value (NLinear), which a random walk wants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Literal

import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipelines.time_series.models.gap_filling import fill_gaps, last_observed
from shared.contract import Examples

__all__ = ["Centring", "Ridge", "fit_ridge"]

_CHUNK_ROWS = 2048
_PENALTIES = np.logspace(-5.0, 1.5, 27)
"""Per training window, in units of a squared standard deviation: from next to nothing to nearly no
slope."""


Centring = Literal["mean", "last"]
_CENTRINGS: tuple[Centring, ...] = ("mean", "last")


@dataclass(frozen=True)
class Ridge:
    """Forecast = centre + (window − centre) · slopes, as one matrix.

    Of a window from which its mean was taken: window · weights[:-1] + last value · weights[-1].

    Attributes:
        weights: (lookback + 1, horizon) float32: of the window, then of its last observed value.
        centring: The centre: the mean of the window, or its last observed value.
        penalties: (horizon,): the chosen penalty of each step, per training window.
    """

    weights: NDArray[np.float32]
    centring: Centring
    penalties: NDArray[np.float64]


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


def fit_ridge(train: Examples, num_folds: int) -> Ridge:
    """Fit on all training windows.

    The centring, and the penalty of each step, are chosen by cross-validation over consecutive
    blocks of time.

    Each window is centred and divided by its series' training standard deviation, so that large
    series do not outweigh small ones. Only the training split is seen. Targets that were not
    observed have no weight.

    Args:
        train: The training split, with its forecast context.
        num_folds: Number of blocks; fewer if there are fewer windows.
    """
    blocks = list(_blocks_of_time(train, num_folds))
    fits = [
        _fit(centring, [_sum_moments(train, block, centring) for block in blocks])
        for centring in _CENTRINGS
    ]
    return min(fits, key=lambda fit: fit[0])[1]


def _fit(centring: Centring, folds: list[_Moments]) -> tuple[float, Ridge]:
    """The sum of squared errors on left-out blocks, and the ridge of all."""
    total = reduce(add, folds)
    errors = reduce(add, [_Solver(total.without(fold)).errors(fold) for fold in folds])
    penalties = _PENALTIES[errors.argmin(axis=0)]
    slopes = _Solver(total)(penalties)
    # centre + (window − centre) · slopes = window · slopes + centre · (1 − Σ slopes)
    rest = 1.0 - slopes.sum(axis=0) if centring == "last" else np.zeros(len(penalties))
    weights = np.vstack([slopes, rest]).astype(np.float32)
    return float(errors.min(axis=0).sum()), Ridge(weights, centring, penalties)


class _Solver:
    """Ridge weights for any penalty from one eigendecomposition."""

    def __init__(self, moments: _Moments) -> None:
        self._values, self._vectors = np.linalg.eigh(moments.inputs)
        self._projected = self._vectors.T @ (moments.cross * moments.weight)
        self._num_windows = moments.num_windows

    def __call__(self, penalties: NDArray[np.float64]) -> NDArray[np.float64]:
        """Penalties (horizon,) -> weights (lookback, horizon)."""
        return np.asarray(self._vectors @ self._rotated(penalties))

    def errors(self, fold: _Moments) -> NDArray[np.float64]:
        """Sums of squared errors, Σ |y − wᵀx|², (penalties, horizon), at other windows.

        In the basis of the eigenvectors, where weights need no product for each penalty. A step
        that was never observed there has no error.
        """
        inputs = self._vectors.T @ fold.inputs @ self._vectors
        cross = self._vectors.T @ (fold.cross * fold.weight)
        outputs = fold.weight * fold.outputs
        found = np.empty((len(_PENALTIES), len(outputs)))
        for place, penalty in enumerate(_PENALTIES):
            weights = self._rotated(np.full(len(outputs), penalty))
            found[place] = outputs + (weights * (inputs @ weights - 2.0 * cross)).sum(axis=0)
        return np.where(fold.num_observed > 0, found, 0.0)

    def _rotated(self, penalties: NDArray[np.float64]) -> NDArray[np.float64]:
        shrunk = np.maximum(self._values, 0.0)[:, None] + penalties * self._num_windows
        return np.asarray(self._projected / shrunk)


def _blocks_of_time(train: Examples, num_folds: int) -> Iterator[NDArray[np.int64]]:
    order = np.argsort(train.forecast_context.starts, kind="stable")
    return (block.astype(np.int64) for block in np.array_split(order, min(num_folds, len(order))))


def _sum_moments(train: Examples, indices: NDArray[np.int64], centring: Centring) -> _Moments:
    return reduce(
        add,
        [
            _moments(train, indices[start : start + _CHUNK_ROWS], centring)
            for start in range(0, len(indices), _CHUNK_ROWS)
        ],
    )


def _moments(train: Examples, indices: NDArray[np.int64], centring: Centring) -> _Moments:
    scale = train.forecast_context.scale[indices].astype(np.float64)  # (rows, 1)
    observed_windows = train.rows(indices)["window"][:, :, :1]
    windows = _fill(train, observed_windows)  # (rows, lookback)
    is_mean = centring == "mean"
    centres = windows.mean(axis=1, keepdims=True) if is_mean else _last(observed_windows)
    inputs = (windows - centres) / scale
    targets = train.targets[indices, :, 0].astype(np.float64)  # (rows, horizon)
    observed = np.isfinite(targets)
    outputs = np.where(observed, (targets - centres) / scale, 0.0)
    return _Moments(
        inputs.T @ inputs,
        inputs.T @ outputs,
        (outputs**2).sum(axis=0),
        observed.sum(axis=0),
        len(indices),
    )


def _fill(train: Examples, windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Windows (rows, lookback, 1) as (rows, lookback), filled as the network will see them."""
    if train.forecast is not None and np.isnan(windows).any():
        windows = np.asarray(
            fill_gaps(ops.convert_to_tensor(windows), train.forecast.recent.shape[1], (np.nan,))
        )
    return np.asarray(windows[:, :, 0], dtype=np.float64)


def _last(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last observed value of windows (rows, lookback, 1), (rows, 1)."""
    return np.asarray(last_observed(windows[:, :, 0], np.isnan(windows[:, :, 0])))
