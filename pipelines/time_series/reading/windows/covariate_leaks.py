"""Covariates that give the answer away: what is called known ahead, and is the series itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.series import Series
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = ["find_leaking_covariates", "refuse_leaking_covariates"]

_MOST_SERIES = 20
_MOST_STEPS = 4000
_FEWEST_PAIRS = 40
_COPY_CORRELATION = 1.0 - 1e-6
"""What a copy keeps after rounding to three digits; what is measured beside a series, however
close, stays below."""


def refuse_leaking_covariates(
    sentences: Sequence[str], config: TimeSeriesDataConfig, where: str
) -> None:
    """Stop at what `find_leaking_covariates` found, unless the configuration accepts leaks.

    Raises:
        DataError: Naming columns, series and shifts, and what to do.
    """
    if sentences and not config.allow_leakage:
        raise DataError(
            f"{where}: {' '.join(sentences)} Results would be too good to be true. Take it out of"
            " the covariates, or list what is only known up to now under data.past_covariates. To"
            f" run all the same: {set_option('data.allow_leakage', True)}"
        )


def find_leaking_covariates(
    series: Sequence[Series], config: TimeSeriesDataConfig
) -> tuple[str, ...]:
    """One sentence for each covariate that is a copy of the values, in whatever unit.

    Of several series, the first is named.

    A known covariate gives away a target if it is the value of the same step, of one up to the
    horizon before (which is still ahead when the forecast is made), or of one after. A past
    covariate does if it is the value of a later step.

    Args:
        series: Up to 20 are looked at, 4,000 steps of each.
        config: Names of covariates and the horizon.
    """
    horizon = config.horizon_steps
    found: dict[str, str] = {}
    for item in series[:_MOST_SERIES]:
        for names, columns, shifts in (
            (config.known, item.known, range(-horizon, horizon)),
            (config.past, item.past, range(-horizon, 0)),
        ):
            for column, name in enumerate(names):
                shift = (
                    None
                    if name in found
                    else _find_copy(
                        columns[:_MOST_STEPS, column], item.values[:_MOST_STEPS], shifts
                    )
                )
                if shift is not None:
                    found[name] = _sentence(name, item.name, shift)
    return tuple(found.values())


def _sentence(covariate: str, series: str, shift: int) -> str:
    place = "of the same step"
    if shift:
        place = (
            f"of {abs(shift)} step{'s' if abs(shift) > 1 else ''}"
            f" {'before' if shift > 0 else 'later'}"
        )
    return f"The covariate {covariate!r} is a copy of the values of series {series!r} {place}."


def _find_copy(
    covariate: NDArray[np.float64], values: NDArray[np.float64], shifts: range
) -> int | None:
    """The shift at which covariate[t] follows values[t - shift]; the smallest first."""
    for shift in sorted((shift for shift in shifts if abs(shift) < len(values)), key=abs):
        stop = len(values) - abs(shift)
        left, right = (
            (covariate[shift:], values[:stop])
            if shift >= 0
            else (covariate[:stop], values[-shift:])
        )
        both = np.isfinite(left) & np.isfinite(right)
        if (
            both.sum() >= _FEWEST_PAIRS
            and _correlation(left[both], right[both]) >= _COPY_CORRELATION
        ):
            return shift
    return None


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The size of Pearson's correlation, 0 to 1; 0 if either is constant."""
    left, right = (column - column.mean() for column in (first, second))
    size = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return abs(float((left * right).sum())) / size if size > 0 else 0.0
