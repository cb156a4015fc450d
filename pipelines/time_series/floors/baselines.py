"""What the network must beat to be worth its weights: ridge, last season and last value."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from scipy.stats import norm

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.floors.course import course_of
from pipelines.time_series.floors.spread import FLOORS, point_forecasts, spread_of
from pipelines.time_series.models.frame import in_original_units, model_inputs, require_horizon
from shared.floors.scores import FeaturesBeside
from shared.targets import Horizon, Target

__all__ = ["build_baselines"]


def build_baselines(config: TimeSeriesConfig, target: Target) -> dict[str, keras.Model]:
    """`ridge`, the linear forecast that `preprocess` has fitted; `seasonal_naive`; `last_value`.

    Quantiles are those of a normal distribution about the forecast, with the spread that its errors
    had over the training split.

    Raises:
        ContractError: The target is not a horizon.
    """
    horizon = require_horizon(target)
    return {name: _build(config, horizon, place) for place, name in enumerate(FLOORS)}


def _build(config: TimeSeriesConfig, target: Horizon, place: int) -> keras.Model:
    inputs: dict[str, Any] = {
        name: tensor
        for name, tensor in model_inputs(config).items()
        if name in ("history", "ridge", "location", "scale")
    }
    inputs["floor_spread"] = keras.Input((2 * len(FLOORS),), name="floor_spread")
    name = FLOORS[place]
    values = inputs["history"][:, :, 0]
    mean = point_forecasts(values, inputs["ridge"], target.season_steps)[name]
    spread = spread_of(inputs["floor_spread"], place, target.steps)
    # The mean, then the quantiles, (batch, horizon) each.
    levels = [mean, *(mean + float(norm.ppf(level)) * spread for level in target.quantiles)]
    scaled = ops.stack(levels, axis=-1)  # (batch, horizon, 1 + quantiles)
    scores = in_original_units(inputs, scaled, target)
    scores = FeaturesBeside(dtype="float64")(scores, course_of(values, target.season_steps))
    return keras.Model(list(inputs.values()), scores, name=f"floor_{name}")
