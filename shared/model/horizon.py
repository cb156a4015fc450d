"""The Keras twin of `shared.targets.horizon`: how forecasts are learned and served."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from shared.computed_column import computed_column
from shared.contract import Examples

__all__ = ["ForecastLoss", "encode_forecasts", "served_forecasts"]


def encode_forecasts(examples: Examples) -> NDArray[np.float64]:
    """What `ForecastLoss` compares forecasts with.

    Returns:
        (n, steps, channels, 2) float64, computed when asked for. First the value, 0 where not
        observed; then its weight: one over the series' training standard deviation, 0 where not
        observed.

    Raises:
        ContractError: The examples have no scale.
    """
    scale = examples.forecast_context.scale

    def encode(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        targets = examples.targets[rows]
        observed = np.isfinite(targets)
        values = np.where(observed, targets, 0.0)
        weights = observed / scale[rows][:, None, :]
        return np.stack([values, weights], axis=-1, dtype=np.float64)

    return computed_column(encode, len(examples))


class ForecastLoss(keras.losses.Loss):
    """Squared error of the mean plus pinball losses of the quantiles, in standard deviations.

    Each series is divided by its own standard deviation, so that none rules the loss by its unit.
    What was not observed has the weight 0 and is left out of the mean over steps and channels.
    Differences are taken in float64: values may be large beside them.

    Args:
        quantiles: Levels τ in (0, 1), in the order of the scores.
    """

    def __init__(self, quantiles: tuple[float, ...]) -> None:
        super().__init__(name="forecast_loss", dtype="float64")
        self.quantiles = quantiles

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """As `encode_forecasts`, and (batch, steps, channels, 1 + quantiles) -> losses (batch,)."""
        value = y_true[..., 0:1]  # (batch, steps, channels, 1)
        weight = y_true[..., 1:2]
        # (batch, steps, channels, 1 + quantiles), in standard deviations
        difference = (value - ops.cast(y_pred, value.dtype)) * weight
        error = difference[..., 0]
        below = difference[..., 1:]
        # Pinball loss ρ_τ(u) = max(τu, (τ - 1)u) of u = value - quantile (Koenker & Bassett 1978):
        # the τ-quantile minimises its mean, whatever the distribution.
        levels = ops.convert_to_tensor(self.quantiles, dtype=below.dtype)
        pinball = ops.sum(ops.maximum(levels * below, (levels - 1.0) * below), axis=-1)
        observed = ops.cast(weight[..., 0] > 0, error.dtype)
        # A row of which nothing was observed costs 0 instead of 0/0.
        num_observed = ops.maximum(ops.sum(observed, axis=(1, 2)), 1.0)
        return ops.sum((ops.square(error) + pinball) * observed, axis=(1, 2)) / num_observed


def served_forecasts(scores: Any) -> dict[str, Any]:
    """Calibrated scores -> `forecast`, the mean, and `quantiles`, sorted so that none cross."""
    return {"forecast": scores[..., 0], "quantiles": ops.sort(scores[..., 1:], axis=-1)}
