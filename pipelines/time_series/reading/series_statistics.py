"""Location, scale and naive error of each series, and what must be known of it to measure them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.series import Series

__all__ = ["SeriesStatistics", "explain_unmeasurable", "fit_statistics"]


@dataclass(frozen=True)
class SeriesStatistics:
    """What is measured on the part of each series that is known before anything is forecast.

    Original units.

    Attributes:
        location: (series,) mean.
        scale: (series,) standard deviation, > 0.
        naive_error: (series,) mean absolute error of the seasonal naive forecast, > 0.
        naive_squared_error: (series,) its mean squared error, > 0.
        level_limits: (series, 2) terciles of the mean over a season.
    """

    location: NDArray[np.float32]
    scale: NDArray[np.float32]
    naive_error: NDArray[np.float32]
    naive_squared_error: NDArray[np.float32]
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
    if np.ptp(observed) == 0.0:
        return (
            f"series {item.name!r} is constant ({observed[0]:g}) {span_name}: nothing to scale"
            " it by"
        )
    return None


def fit_statistics(
    series: Sequence[Series], spans: Sequence[slice], season_steps: int
) -> SeriesStatistics:
    """Measure each series on the observed values of its span."""
    rows = [
        _measure(item.values[span].astype(np.float64), season_steps)
        for item, span in zip(series, spans, strict=True)
    ]
    table = np.array(rows)  # (series, 6)
    location, scale, naive_error, naive_squared_error = table[:, :4].T.astype(np.float32)
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
    # A perfectly periodic series has no naive error, and one with gaps may have no two values a
    # season apart; MASE and RMSSE then need some positive denominator.
    is_known = np.isfinite(errors).any()
    naive_error = max(float(np.nanmean(errors)) if is_known else scale, 1e-6 * scale)
    naive_squared_error = max(
        float(np.nanmean(errors**2)) if is_known else scale**2, (1e-6 * scale) ** 2
    )
    low, high = np.quantile(_season_means(values, season_steps, location), [1.0 / 3.0, 2.0 / 3.0])
    return location, scale, naive_error, naive_squared_error, float(low), float(high)


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
