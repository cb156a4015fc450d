"""Whether numbers beside a series tell its values: as a copy, changed or rounded, or smoothed.

What is measured beside a series has errors of its own, and so does the series. A copy has none but
those of its making: it tells the values more closely than the series' own last steps do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.stats import rankdata

__all__ = ["Tell", "find_copy", "is_smoothed"]

_FEWEST_PAIRS = 40
_COPY_CORRELATION = 1.0 - 1e-6
"""What a copy keeps after rounding to three digits."""
_ROUNDING = 1e-9
_RANK_CORRELATION = 0.99
_UNEXPLAINED = 0.1
"""Of the variance of one-step surprises: what a changed copy leaves open of the values."""
_LAGS = 3
_MOST_ONE_WAY = 0.9
"""Of two series that only rise, each is a rising function of the other: that says nothing."""
_REACH = 12
_SMOOTHED_SHARE = 1e-3
_SMOOTHED_SURPRISE = 0.02
_SMOOTHED_RATIO = 0.05
_NOTHING = 1e-6

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Tell:
    """covariate[t] follows values[t - shift].

    Attributes:
        shift: In steps.
        is_exact: A copy in another unit; else a changed, rounded or slightly noisy one.
    """

    shift: int
    is_exact: bool


def find_copy(covariate: Numbers, values: Numbers, shifts: range) -> Tell | None:
    """The shift at which a covariate is a copy of the values, the smallest first.

    Exact copies by Pearson's correlation. Changed ones (logarithm, ranks, rounding, small noise)
    by what is left of the values once each is replaced by the one of the same rank: less than a
    tenth of the variance of what an autoregression of three steps leaves.

    Args:
        covariate: (steps,), NaN where not given.
        values: (steps,), NaN where not observed.
        shifts: Those at which a copy would tell what is not known yet.
    """
    surprise = _surprise(values)
    ranks = _ranks(covariate), _ranks(values)
    for shift in sorted((shift for shift in shifts if abs(shift) < len(values)), key=abs):
        left, right = _paired(covariate, values, shift)
        if len(left) < _FEWEST_PAIRS:
            continue
        linear = _correlation(left, right)
        unexplained = (1 - linear**2) * float(right.var())
        close = max(_UNEXPLAINED * surprise, _ROUNDING * float(right.var()))
        if linear >= _COPY_CORRELATION and unexplained <= close:
            return Tell(shift, is_exact=True)
        correlation = _correlation(*_paired(*ranks, shift), signed=True)
        if abs(correlation) < _RANK_CORRELATION or _is_one_way(values):
            continue
        if _unexplained(np.sign(correlation) * left, right) <= _UNEXPLAINED * surprise:
            return Tell(shift, is_exact=False)
    return None


def is_smoothed(covariate: Numbers, values: Numbers, latest: int) -> bool:
    """Whether a covariate is a weighted mean of values around it, some of which are not known yet.

    A regression on the values up to 12 steps before and after explains all but a thousandth of the
    last third of the covariate, leaves far less than a step's surprise, and errs at least 20 times
    less than one on the values that are known.

    Args:
        covariate: (steps,), NaN where not given.
        values: (steps,), NaN where not observed.
        latest: How many steps before the covariate's own the last known value is.
    """
    around = _lagged(values, -_REACH, _REACH)
    known = _lagged(values, latest, latest + 2 * _REACH)
    usable = np.isfinite(covariate) & np.isfinite(around).all(1) & np.isfinite(known).all(1)
    target = covariate[usable]
    if len(target) < 4 * around.shape[1] or np.ptp(target) == 0:
        return False
    left = _left_open(around[usable], target)
    variance = float(target.var())
    surprise = _surprise(values) / float(np.nanvar(values))
    if left > min(_SMOOTHED_SHARE, _SMOOTHED_SURPRISE * surprise) * variance:
        return False
    otherwise = _left_open(known[usable], target)
    return otherwise > _NOTHING * variance and left <= _SMOOTHED_RATIO * otherwise


def _paired(first: Numbers, second: Numbers, shift: int) -> tuple[Numbers, Numbers]:
    """first[t] beside second[t - shift], where both are there."""
    stop = len(second) - abs(shift)
    left = first[shift:] if shift >= 0 else first[:stop]
    right = second[:stop] if shift >= 0 else second[-shift:]
    both = np.isfinite(left) & np.isfinite(right)
    return left[both], right[both]


def _correlation(first: Numbers, second: Numbers, *, signed: bool = False) -> float:
    """Pearson's correlation, or its size; 0 if either is constant."""
    left = first - first.mean()
    right = second - second.mean()
    size = float(np.sqrt((left**2).sum() * (right**2).sum()))
    found = float((left * right).sum()) / size if size > 0 else 0.0
    return found if signed else abs(found)


def _ranks(column: Numbers) -> Numbers:
    ranks = np.full(len(column), np.nan)
    there = np.isfinite(column)
    ranks[there] = rankdata(column[there])
    return ranks


def _is_one_way(values: Numbers) -> bool:
    steps = np.diff(values[np.isfinite(values)])
    steps = steps[steps != 0]
    return len(steps) == 0 or max((steps > 0).mean(), (steps < 0).mean()) >= _MOST_ONE_WAY


def _unexplained(covariate: Numbers, values: Numbers) -> float:
    """Mean squared difference of values and those of the covariate's ranks, ties sharing a mean."""
    _, owners, counts = np.unique(covariate, return_inverse=True, return_counts=True)
    in_order = np.sort(values)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    told = np.add.reduceat(in_order, starts) / counts
    return float(((values - told[owners]) ** 2).mean())


def _surprise(values: Numbers) -> float:
    """Mean squared error of an autoregression of three steps; 0 if there are too few values."""
    lagged = _lagged(values, 0, _LAGS)
    lagged = lagged[np.isfinite(lagged).all(1)]
    if len(lagged) < _FEWEST_PAIRS:
        return 0.0
    design = np.column_stack([lagged[:, 1:], np.ones(len(lagged))])
    weights = np.linalg.lstsq(design, lagged[:, 0])[0]
    return float(((lagged[:, 0] - design @ weights) ** 2).mean())


def _lagged(values: Numbers, first: int, last: int) -> Numbers:
    """(steps, last - first + 1): the values from `first` to `last` steps before; NaN outside."""
    padding = max(abs(first), abs(last))
    padded = np.pad(values, padding, constant_values=np.nan)
    windows = sliding_window_view(padded, last - first + 1)  # window i begins at step i - padding
    begin = padding - last
    return windows[begin : begin + len(values), ::-1]


def _left_open(design: Numbers, target: Numbers) -> float:
    """Mean squared error on the last third of a regression on the rest."""
    cut = 2 * len(target) // 3
    center = design[:cut].mean()
    full = np.column_stack([design - center, np.ones(len(design))])
    weights = np.linalg.lstsq(full[:cut], target[:cut])[0]
    return float(((target[cut:] - full[cut:] @ weights) ** 2).mean())
