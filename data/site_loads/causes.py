"""What causes a forecast of the generated loads, by construction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.site_loads.loads import COVARIATES

__all__ = ["cause_mask"]

_DAY_HOURS, _WEEK_HOURS = 24, 168


def cause_mask(lookback_steps: int, holidays_ahead: NDArray[np.bool_], num_calendar: int) -> NDArray[np.float32]:
    """Which inputs cause the forecast of the hours ahead.

    They are the last day and the same hours of the last week, together with the temperature of those hours (it must be told apart
    from the rest of the load), the temperature ahead, the calendar ahead, and the holiday flag where a holiday lies ahead.

    Args:
        lookback_steps: Hours of history that the model sees.
        holidays_ahead: (horizon,) bool.
        num_calendar: Number of calendar columns.

    Returns:
        (lookback + horizon, 1 + covariates + calendar columns) float32, 0 or 1: rows are hours, first the history and then the
        hours ahead; columns are the load, `COVARIATES`, and the calendar.
    """
    horizon_steps = len(holidays_ahead)
    mask = np.zeros((lookback_steps + horizon_steps, 1 + len(COVARIATES) + num_calendar), np.float32)
    temperature, holiday = (1 + COVARIATES.index(name) for name in ("temperature", "holiday"))
    ahead = np.arange(lookback_steps, lookback_steps + horizon_steps)
    past = np.concatenate([_latest_before(ahead, lookback_steps, period) for period in (_DAY_HOURS, _WEEK_HOURS)])
    past = past[past >= 0]
    mask[past, 0] = 1.0
    mask[past, temperature] = 1.0
    mask[ahead, temperature] = 1.0
    mask[ahead, holiday] = holidays_ahead
    mask[lookback_steps:, 1 + len(COVARIATES) :] = 1.0
    return mask


def _latest_before(hours: NDArray[np.int64], start: int, period: int) -> NDArray[np.int64]:
    """The latest hour before `start` at the same place in the period, for each hour."""
    return hours - period * ((hours - start) // period + 1)
