"""What the network sees where nothing was observed: a usual value, and a flag that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["GapFilling", "LastObserved", "fill_gaps", "last_observed"]


@keras.saving.register_keras_serializable(package="plumbline")
class GapFilling(keras.layers.Layer):
    """Fills NaN and flags it, column by column, in float64.

    Windows without NaN pass unchanged, to the last bit.

    Args:
        season_steps: Steps of the main season.
        otherwise: One number per column, for windows in which the column was never observed; NaN:
            no number, so that a forecast from nothing is NaN and not a guess.
    """

    def __init__(self, season_steps: int, otherwise: Sequence[float], **options: Any) -> None:
        super().__init__(**{"dtype": "float64", **options})
        self.season_steps = season_steps
        self.otherwise = [float(number) for number in otherwise]

    def call(self, window: Any) -> dict[str, Any]:
        """`window` (batch, lookback, columns) -> `filled` and `missing` of the same shape.

        `filled` is float64; `missing` is float32, 1 where the window was NaN, else 0.
        """
        missing = ops.cast(ops.isnan(window), "float32")
        return {"filled": fill_gaps(window, self.season_steps, self.otherwise), "missing": missing}

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {
            **super().get_config(),
            "season_steps": self.season_steps,
            "otherwise": self.otherwise,
        }


@keras.saving.register_keras_serializable(package="plumbline")
class LastObserved(keras.layers.Layer):
    """The last value of each window that was observed."""

    def call(self, values: Any, missing: Any) -> Any:
        """`values`, filled, and `missing`, 1 where filled, both (batch, lookback) -> (batch, 1)."""
        return last_observed(values, ops.cast(missing, "bool"))


def last_observed(values: Any, is_missing: Any) -> Any:
    """The last value of each window that was observed, (batch, 1).

    Args:
        values: (batch, lookback); any number where missing. NaN throughout gives NaN.
        is_missing: (batch, lookback), Boolean.
    """
    places = np.arange(1, values.shape[1] + 1, dtype=np.int32)[None]
    order = ops.where(is_missing, 0, places)
    is_last = order == ops.max(order, axis=1, keepdims=True)
    return ops.sum(ops.where(is_last, values, ops.zeros_like(values)), axis=1, keepdims=True)


def fill_gaps(window: Any, season_steps: int, otherwise: Sequence[float]) -> Any:
    """Replace NaN by the mean of the same place of the other seasons in the window.

    Where nothing was observed at that place: by the mean of the whole window; where nothing was
    observed at all: by `otherwise`.

    Args:
        window: (batch, lookback, columns), in the dtype of the computation.
        season_steps: At most the lookback.
        otherwise: (columns,).

    Returns:
        (batch, lookback, columns).
    """
    _, lookback, columns = window.shape
    observed = ops.cast(ops.logical_not(ops.isnan(window)), window.dtype)
    known = ops.where(ops.isnan(window), ops.zeros_like(window), window)
    count = ops.sum(observed, axis=1, keepdims=True)  # (batch, 1, columns)
    constant = ops.reshape(
        ops.convert_to_tensor(list(otherwise), dtype=window.dtype), (1, 1, columns)
    )
    level = ops.where(
        count > 0, ops.sum(known, axis=1, keepdims=True) / ops.maximum(count, 1.0), constant
    )
    seen = _fold(observed, season_steps)  # (batch, season, columns)
    by_place = ops.where(seen > 0, _fold(known, season_steps) / ops.maximum(seen, 1.0), level)
    num_seasons = -(-lookback // season_steps)
    usual = ops.tile(by_place, (1, num_seasons, 1))[:, num_seasons * season_steps - lookback :, :]
    return ops.where(ops.isnan(window), usual, window)


def _fold(values: Any, season_steps: int) -> Any:
    """Sums over seasons, counted from the end.

    (batch, lookback, columns) -> (batch, season, columns).
    """
    _, lookback, columns = values.shape
    num_seasons = -(-lookback // season_steps)
    padded = ops.pad(values, ((0, 0), (num_seasons * season_steps - lookback, 0), (0, 0)))
    return ops.sum(ops.reshape(padded, (-1, num_seasons, season_steps, columns)), axis=1)
