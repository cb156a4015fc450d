"""What causes a forecast of the generated loads, by construction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.site_loads.loads import COVARIATES

__all__ = ["cause_mask"]

_DAY_HOURS, _WEEK_HOURS = 24, 168
_TEMPERATURE, _HOLIDAY, _SHUTDOWN = (
    COVARIATES.index(name) for name in ("temperature", "holiday", "shutdown")
)


def cause_mask(
    loads: NDArray[np.float32],
    past: NDArray[np.float32],
    ahead: NDArray[np.float32],
    num_calendar: int,
) -> NDArray[np.float32]:
    """Which inputs cause the forecast of the hours ahead.

    They are the last day and the same hours of the last week, as far as they were metered, together
    with the temperature and the shutdowns of those hours (they must be told apart from the rest of
    the load), the temperature ahead, the calendar ahead, and the flags of holidays and shutdowns
    where they are set ahead.

    Args:
        loads: (lookback,) history; NaN while the meter was silent.
        past: (lookback, covariates), in the order of `COVARIATES`.
        ahead: (horizon, covariates).
        num_calendar: Number of calendar columns.

    Returns:
        (lookback + horizon, 1 + covariates + calendar columns) float32, 0 or 1: rows are hours,
        first the history and then the hours ahead; columns are the load, `COVARIATES`, and the
        calendar.
    """
    lookback_steps, horizon_steps = len(loads), len(ahead)
    mask = np.zeros(
        (lookback_steps + horizon_steps, 1 + len(COVARIATES) + num_calendar), np.float32
    )
    hours = np.arange(lookback_steps, lookback_steps + horizon_steps)
    causes = np.concatenate(
        [_latest_before(hours, lookback_steps, period) for period in (_DAY_HOURS, _WEEK_HOURS)]
    )
    causes = causes[causes >= 0]
    causes = causes[np.isfinite(loads[causes])]
    mask[causes, 0] = 1.0
    mask[causes, 1 + _TEMPERATURE] = 1.0
    mask[causes, 1 + _SHUTDOWN] = past[causes, _SHUTDOWN] > 0.0
    mask[hours, 1 + _TEMPERATURE] = 1.0
    for flag in (_HOLIDAY, _SHUTDOWN):
        mask[hours, 1 + flag] = ahead[:, flag] > 0.0
    mask[lookback_steps:, 1 + len(COVARIATES) :] = 1.0
    return mask


def _latest_before(hours: NDArray[np.int64], start: int, period: int) -> NDArray[np.int64]:
    """The latest hour before `start` at the same place in the period, for each hour."""
    return hours - period * ((hours - start) // period + 1)
