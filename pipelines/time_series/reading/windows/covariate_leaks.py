"""Covariates that give the answer away: what is called known ahead, and is the series itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.windows.tells import find_copy, is_smoothed
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = ["find_leaking_covariates", "refuse_leaking_covariates"]

_MOST_SERIES = 20
_MOST_STEPS = 4000


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
    """One sentence for each covariate that tells the values: a copy of them, changed or smoothed.

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
        values = item.values[:_MOST_STEPS].astype(np.float64)
        for names, columns, latest in (
            (config.known, item.known, horizon),
            (config.past, item.past, 0),
        ):
            for column, name in enumerate(names):
                if name not in found:
                    covariate = columns[:_MOST_STEPS, column].astype(np.float64)
                    told = _find(covariate, values, horizon, latest)
                    if told is not None:
                        found[name] = f"The covariate {name!r} is {told.format(series=item.name)}."
    return tuple(found.values())


def _find(
    covariate: NDArray[np.float64], values: NDArray[np.float64], horizon: int, latest: int
) -> str | None:
    """What a covariate is of a series, if it tells values that are not known yet."""
    copy = find_copy(covariate, values, range(-horizon, latest))
    if copy is not None:
        kind = "a copy" if copy.is_exact else "a changed, rounded or slightly noisy copy"
        return f"{kind} of the values of series {{series!r}} of {_place(copy.shift)}"
    smoothed = is_smoothed(covariate, values, latest)
    return "a weighted mean of values of series {series!r}, some still ahead" if smoothed else None


def _place(shift: int) -> str:
    if shift == 0:
        return "the same step"
    steps = f"{abs(shift)} step{'s' if abs(shift) > 1 else ''}"
    return f"{steps} {'before' if shift > 0 else 'later'}"
