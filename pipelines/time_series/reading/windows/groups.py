"""The segments of operation by which errors are reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.reading.clock_changes import utc_to_local
from pipelines.time_series.reading.series import Series
from shared.contract import UNKNOWN

__all__ = ["make_groups"]

_DAY_SECONDS = 86_400
_HOUR_BANDS = np.array(["00-06 h", "06-12 h", "12-18 h", "18-24 h"])
_SEASONS = np.array(["Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov"])  # names without a hemisphere
_LEVELS = np.array(["low", "mid", "high"])
_DAYS = np.array(["weekday", "weekend"])


def make_groups(
    series: Sequence[Series],
    series_of: NDArray[np.int64],
    starts: NDArray[np.datetime64],
    *,
    recent_means: NDArray[np.float64],
    level_limits: NDArray[np.float64],
    step_seconds: int,
) -> pd.DataFrame:
    """Group attributes of each forecast.

    Args:
        series: All series.
        series_of: (n,) int64: the series of each forecast.
        starts: (n,) datetime64[s]: the first forecast moment.
        recent_means: (n,): mean of the last season before the forecast.
        level_limits: (series, 2): the values between low, mid and high.
        step_seconds: Steps of a day or longer have no hour band and no kind of day.

    Returns:
        Categories, one row per forecast: `series`, `season` (unless stamps count steps) and
        `level`, for steps below a day `hour` and `day`, then the series' own attributes.
    """
    starts = _local_starts(series, series_of, starts)
    month = starts.astype("datetime64[M]").astype(np.int64) % 12  # 0 = January
    limits = level_limits[series_of]
    level = (recent_means > limits[:, 0]).astype(np.int64) + (recent_means > limits[:, 1])
    table = {
        "series": _of_series([item.name for item in series], series_of),
        "season": _category(_SEASONS, (month + 1) % 12 // 3),
        "level": _category(_LEVELS, level),
    }
    if step_seconds < _DAY_SECONDS:
        hour = starts.astype("datetime64[h]").astype(np.int64) % 24
        # 1970-01-01 was a Thursday.
        weekday = (starts.astype("datetime64[D]").astype(np.int64) + 3) % 7
        table["hour"] = _category(_HOUR_BANDS, hour // 6)
        table["day"] = _category(_DAYS, (weekday >= 5).astype(np.int64))
    for name in dict.fromkeys(name for item in series for name in item.attributes):
        values = [item.attributes.get(name, UNKNOWN) for item in series]
        table[name] = _of_series(values, series_of)
    if all(item.is_counted for item in series):
        del table["season"]
    return pd.DataFrame(table)


def _of_series(values: Sequence[str], series_of: NDArray[np.int64]) -> pd.Categorical:
    names, places = np.unique(np.array(values, dtype=object), return_inverse=True)
    return _category(names, places[series_of])


def _category(names: NDArray[Any], codes: NDArray[np.int64]) -> pd.Categorical:
    """A byte or two for each row, where text has twenty."""
    categories = pd.Index(names, dtype=object)
    return pd.Categorical.from_codes(cast("Sequence[int]", codes), categories=categories)


def _local_starts(
    series: Sequence[Series], series_of: NDArray[np.int64], starts: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """What clocks on the wall show when each forecast starts."""
    zones = np.array([item.timezone or "" for item in series])[series_of]
    local = starts.copy()
    for zone in filter(None, np.unique(zones).tolist()):
        local[zones == zone] = utc_to_local(starts[zones == zone], zone)
    return local
