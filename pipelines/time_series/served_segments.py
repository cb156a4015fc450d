"""What the served graph attributes forecasts to: the blocks of `segments`, by name.

The baseline is the window as it usually is at each place of the season, and the known inputs ahead
likewise; static inputs stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.reading.calendar_features import calendar_names
from pipelines.time_series.segments import changing_segments, usual_season_steps
from shared.contract import ServedSegments

__all__ = ["served_segments"]

_Tensors = Mapping[str, Any]


def served_segments(config: TimeSeriesConfig) -> ServedSegments:
    """Blocks of lags of each input, each known input ahead, and the calendar ahead."""
    names, owners = changing_segments(config)
    lookback = config.data.lookback
    num_columns = 1 + len(config.data.past) + len(config.data.known)
    first_ahead = 1 + len(config.data.past)
    of_window = _one_hot(owners[:lookback, :num_columns], len(names))
    of_future = _one_hot(owners[lookback:, first_ahead:], len(names))

    def share(cells: _Tensors, rows: _Tensors, tensors: _Tensors) -> Any:
        del rows, tensors
        past = _summed(cells["window"], of_window)
        return past if "future" not in cells else past + _summed(cells["future"], of_future)

    return ServedSegments(
        count=len(names),
        names=names,
        share=share,
        rows=("window", "future"),
        held=("static",),
        emptied=lambda rows, tensors: ({**rows, **_usual(rows, config)}, tensors),
    )


def _one_hot(owners: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """(steps, columns) -> (steps, columns, segments); cells of none are 0."""
    return np.eye(count + 1)[owners][..., :count]


def _summed(cells: Any, owned: NDArray[np.float64]) -> Any:
    """(n, steps, columns) -> (n, segments)."""
    return tf.einsum("nlc,lcs->ns", cells, tf.constant(owned, cells.dtype))


def _usual(rows: _Tensors, config: TimeSeriesConfig) -> dict[str, Any]:
    """The twin of what `segments` puts in the place of what it removes."""
    window = rows["window"]
    future = rows["future"]
    lookback = window.shape[1]
    horizon = future.shape[1]
    season = usual_season_steps(config)
    place = np.arange(lookback + horizon) % season
    of_place = tf.constant(np.eye(season)[place[:lookback]].T, window.dtype)  # (season, lookback)
    observed = tf.cast(tf.logical_not(tf.math.is_nan(window)), window.dtype)
    known = tf.where(observed > 0.0, window, tf.zeros_like(window))
    overall = _mean(
        tf.reduce_sum(known, axis=1, keepdims=True),
        tf.reduce_sum(observed, axis=1, keepdims=True),
        tf.zeros((), window.dtype),
    )
    means = _mean(
        tf.einsum("sl,blc->bsc", of_place, known),
        tf.einsum("sl,blc->bsc", of_place, observed),
        overall,
    )
    usual = tf.gather(means, place, axis=1)
    first_known = 1 + len(config.data.past)
    calendar = tf.zeros((1, horizon, len(calendar_names(config.data.cycles))), window.dtype)
    ahead = tf.concat([usual[:, lookback:, first_known:], calendar], axis=2)
    past = tf.where(tf.math.is_nan(window), window, usual[:, :lookback])
    return {"window": past, "future": tf.where(tf.math.is_nan(future), future, ahead)}


def _mean(total: Any, count: Any, otherwise: Any) -> Any:
    return tf.where(count > 0.0, total / tf.maximum(count, 1.0), otherwise)
