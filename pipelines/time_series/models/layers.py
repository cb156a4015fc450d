"""Layers of the forecasting network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from scipy.stats import norm

__all__ = ["FoldBySeason", "NeverNegative", "QuantileLadder", "StepBias", "season_means"]

_FIRST_SPREAD = (
    0.5  # in standard deviations of the window: about what is left after a fair forecast
)


def season_means(history: Any, season_steps: int) -> Any:
    """Means over whole seasons, the latest last.

    (batch, lookback, columns) -> (batch, seasons · columns).
    """
    num_seasons = history.shape[1] // season_steps
    latest = history[:, history.shape[1] - num_seasons * season_steps :, :]
    folded = ops.reshape(latest, (-1, num_seasons, season_steps, history.shape[2]))
    return ops.reshape(ops.mean(folded, axis=2), (-1, num_seasons * history.shape[2]))


@keras.saving.register_keras_serializable(package="plumbline")
class FoldBySeason(keras.layers.Layer):
    """Gives each step ahead the values at the same place of every past season.

    Args:
        season_steps: At most the length of the history.
        horizon_steps: Number of steps ahead.
    """

    def __init__(self, season_steps: int, horizon_steps: int, **options: Any) -> None:
        super().__init__(**options)
        self.season_steps = season_steps
        self.horizon_steps = horizon_steps

    def call(self, history: Any) -> Any:
        """(batch, lookback, columns) -> (batch, horizon, seasons · columns), oldest first."""
        _, lookback, columns = history.shape
        num_seasons = lookback // self.season_steps
        latest = history[:, lookback - num_seasons * self.season_steps :, :]
        folded = ops.reshape(latest, (-1, num_seasons, self.season_steps, columns))
        by_place = ops.transpose(folded, (0, 2, 1, 3))  # (batch, season, seasons, columns)
        by_place = ops.reshape(by_place, (-1, self.season_steps, num_seasons * columns))
        repeats = -(-self.horizon_steps // self.season_steps)
        return ops.tile(by_place, (1, repeats, 1))[:, : self.horizon_steps, :]

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {
            **super().get_config(),
            "season_steps": self.season_steps,
            "horizon_steps": self.horizon_steps,
        }


@keras.saving.register_keras_serializable(package="plumbline")
class StepBias(keras.layers.Layer):
    """Adds a learned vector to each step ahead: (batch, steps, units) -> the same."""

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Makes the weights (steps, units), 0 at first."""
        self.bias = self.add_weight(shape=tuple(input_shape[1:]), initializer="zeros", name="bias")

    def call(self, steps: Any) -> Any:
        """Adds the bias."""
        return steps + self.bias


@keras.saving.register_keras_serializable(package="plumbline")
class NeverNegative(keras.layers.Layer):
    """Lifts forecasts below 0 to 0; not in training, where a forecast at 0 would learn nothing."""

    def call(self, scores: Any, training: bool | None = None) -> Any:
        """Scores in original units -> the same shape."""
        return scores if training else ops.maximum(scores, 0.0)


@keras.saving.register_keras_serializable(package="plumbline")
class QuantileLadder(keras.layers.Layer):
    """Turns free numbers into increasing quantile offsets.

    The middle level moves freely, the others by positive steps from it.

    At zero input the offsets are those of a normal distribution with standard deviation 0.5.

    Args:
        levels: Increasing, in (0, 1).
    """

    def __init__(self, levels: Sequence[float], **options: Any) -> None:
        super().__init__(**options)
        self.levels = tuple(levels)
        middle = int(np.argmin(np.abs(np.asarray(self.levels) - 0.5)))
        places = np.arange(len(self.levels))
        gaps = np.diff(_FIRST_SPREAD * norm.ppf(self.levels))
        self._first = _FIRST_SPREAD * float(norm.ppf(self.levels[middle]))
        self._shift = np.log(np.expm1(gaps)).astype(np.float32)  # softplus(shift) = gap
        rungs = np.arange(len(gaps))[:, None]  # rung k lies between level k and k + 1
        above = (rungs >= middle) & (places > rungs)
        below = (rungs < middle) & (places <= rungs)
        self._sum = (above.astype(np.float32) - below.astype(np.float32)).astype(
            np.float32
        )  # (gaps, levels)

    def call(self, raw: Any) -> Any:
        """(…, levels) free -> (…, levels) increasing."""
        middle = raw[..., :1] + self._first
        steps = ops.softplus(raw[..., 1:] + self._shift)
        return (
            middle + ops.matmul(steps, ops.convert_to_tensor(self._sum))
            if len(self.levels) > 1
            else middle
        )

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "levels": list(self.levels)}
