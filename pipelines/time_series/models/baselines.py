"""The ridge on its own: what the network must beat to be worth its weights."""

from __future__ import annotations

import keras
from keras import ops

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.frame import in_original_units, model_inputs, require_horizon
from shared.targets import Target

__all__ = ["build_baselines"]


def build_baselines(config: TimeSeriesConfig, target: Target) -> dict[str, keras.Model]:
    """`ridge`: the linear forecast that `preprocess` has fitted.

    It is a mean whose quantiles all equal it, since it has no spread of its own.

    Raises:
        ContractError: The target is not a horizon.
    """
    num_quantiles = len(require_horizon(target).quantiles)
    inputs = model_inputs(config)
    mean = in_original_units(inputs, ops.expand_dims(inputs["ridge"], -1))  # (batch, horizon, 1)
    scores = ops.repeat(ops.expand_dims(mean, -1), 1 + num_quantiles, axis=-1)
    return {"ridge": keras.Model(inputs, scores, name="ridge")}
