"""Location, scale and naive error of each series, and what must be known of it to measure them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.series import Series
from shared.targets.ratios import NEGLIGIBLE

__all__ = ["SeriesStatistics", "explain_unmeasurable", "fit_statistics"]

_LARGE = 1e12
"""Below it, float64 keeps four digits after the point, and what does not move is constant."""

_FEWEST_STEPS = 1000
"""Of float64 between the least and the largest value, for three digits of movement."""


@dataclass(frozen=True)
class SeriesStatistics:
    """What is measured on the part of each series that is known before anything is forecast.

    Original units.

    Attributes:
        location: (series,) mean.
        scale: (series,) standard deviation, > 0.
        naive_error: (series,) mean absolute error of the seasonal naive forecast; NaN where it is
            0 up to rounding, or never known: nothing can be divided by it.
        naive_squared_error: (series,) its mean squared error; NaN likewise.
        level_limits: (series, 2) terciles of the mean over a season.
    """

    location: NDArray[np.float64]
    scale: NDArray[np.float64]
    naive_error: NDArray[np.float64]
    naive_squared_error: NDArray[np.float64]
    level_limits: NDArray[np.float64]


def explain_unmeasurable(
    item: Series, span: slice, span_name: str, season_steps: int
) -> str | None:
    """Why nothing can be measured on this span of a series; None if it can."""
    values = item.values[span]
    observed = values[np.isfinite(values)]
    if len(observed) <= season_steps:
        return (
            f"series {item.name!r} has {len(observed)} values {span_name}; more than one season"
            f" ({season_steps}) is needed to measure its scale"
        )
    return _explain_constant(item.name, observed, span_name)


def _explain_constant(name: str, observed: NDArray[np.float64], span_name: str) -> str | None:
    """Why a series does not move, or by too little for float64 to show; None if it moves."""
    span = float(np.ptp(observed))
    largest = float(np.abs(observed).max())
    step = float(np.spacing(largest))
    if largest >= _LARGE and span < _FEWEST_STEPS * step:
        return (
            f"series {name!r} moves by {span:g} {span_name} at values of {largest:g}, where numbers"
            f" of 64 bits lie {step:g} apart: too little is left of its movement. Subtract a"
            " constant from the column before it is written"
        )
    if span == 0.0:
        value = float(observed[0])
        return f"series {name!r} is constant ({value!r}) {span_name}: nothing to scale it by"
    return None


def fit_statistics(
    series: Sequence[Series], spans: Sequence[slice], season_steps: int
) -> SeriesStatistics:
    """Measure each series on the observed values of its span."""
    rows = [
        _measure(item.values[span], season_steps) for item, span in zip(series, spans, strict=True)
    ]
    table = np.array(rows)  # (series, 6)
    location, scale, naive_error, naive_squared_error = table[:, :4].T
    return SeriesStatistics(
        location=location,
        scale=scale,
        naive_error=naive_error,
        naive_squared_error=naive_squared_error,
        level_limits=table[:, 4:],
    )


def _measure(
    values: NDArray[np.float64], season_steps: int
) -> tuple[float, float, float, float, float, float]:
    location = float(np.nanmean(values))
    scale = float(np.nanstd(values))
    errors = np.abs(values[season_steps:] - values[:-season_steps])
    naive_error, naive_squared_error = _naive_errors(errors, scale, float(np.nanmax(abs(values))))
    low, high = np.quantile(_season_means(values, season_steps, location), [1.0 / 3.0, 2.0 / 3.0])
    return location, scale, naive_error, naive_squared_error, float(low), float(high)


def _naive_errors(errors: NDArray[np.float64], scale: float, largest: float) -> tuple[float, float]:
    """Mean and mean square of absolute errors, NaN where MASE and RMSSE have no denominator.

    A series that repeats itself has no naive error but what rounding leaves, and one with gaps may
    have no two values a season apart.
    """
    known = errors[np.isfinite(errors)]
    rounding = max(NEGLIGIBLE * scale, 4.0 * float(np.finfo(np.float64).eps) * largest)
    if len(known) == 0 or known.mean() <= rounding:
        return np.nan, np.nan
    return float(known.mean()), float((known**2).mean())


def _season_means(
    values: NDArray[np.float64], season_steps: int, otherwise: float
) -> NDArray[np.float64]:
    """The mean of what was observed in each stretch of one season.

    `otherwise` if nothing ever was.
    """
    observed = np.isfinite(values)
    sums = np.cumsum(np.concatenate([[0.0], np.where(observed, values, 0.0)]))
    counts = np.cumsum(np.concatenate([[0], observed]))
    seen = counts[season_steps:] - counts[:-season_steps]
    means = (sums[season_steps:] - sums[:-season_steps])[seen > 0] / seen[seen > 0]
    return means if len(means) else np.array([otherwise])
