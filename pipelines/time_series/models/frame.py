"""What every family begins and ends with: the tensors of a window, and scores in original units."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.layers import NeverNegative, QuantileLadder, StepBias
from pipelines.time_series.models.static_encoding import static_width
from pipelines.time_series.reading.calendar_features import calendar_names
from shared.errors import ContractError
from shared.targets import Horizon, Target

__all__ = ["as_scores", "in_original_units", "learnt_spread", "model_inputs", "require_horizon"]

_EXACT = {"location": "float64", "scale": "float64"}
"""Tensors that are in original units."""


def require_horizon(target: Target) -> Horizon:
    """The target of a forecast.

    Raises:
        ContractError: It is another kind.
    """
    if not isinstance(target, Horizon):
        raise ContractError(f"Time series forecast a horizon, received the target {target.kind!r}.")
    return target


def model_inputs(config: TimeSeriesConfig) -> dict[str, Any]:
    """The tensors that `preprocess` gives, by name."""
    lookback = config.data.lookback
    horizon = config.data.horizon_steps
    num_known = len(config.data.known)
    num_columns = 1 + len(config.data.past) + len(config.data.known)
    shapes: dict[str, tuple[int, ...]] = {
        "history": (lookback, num_columns),
        "missing": (lookback, num_columns),
        "ahead": (horizon, num_known + len(calendar_names(config.data.cycles))),
        "ridge": (horizon,),
        "location": (1,),
        "scale": (1,),
    }
    if static_width(config):
        shapes["static"] = (static_width(config),)
    return {
        name: keras.Input(shape, dtype=_EXACT.get(name, "float32"), name=name)
        for name, shape in shapes.items()
    }


def in_original_units(inputs: dict[str, Any], scaled: Any, target: Horizon) -> Any:
    """Scaled forecasts (batch, horizon, levels) -> scores (batch, horizon, 1, levels).

    In original units, float64: the location may be large beside the scale, and in float32 it would
    swallow the forecast. None is below 0 where the target says so.
    """
    location, scale = (ops.expand_dims(inputs[name], -1) for name in ("location", "scale"))
    scores = ops.expand_dims(location + scale * ops.cast(scaled, "float64"), 2)
    if not target.non_negative:
        return scores
    return NeverNegative(dtype="float64", name="never_negative")(scores)


def as_scores(inputs: dict[str, Any], target: Horizon, mean: Any, raw: Any) -> keras.Model:
    """The model whose scores are a mean and quantiles around it, which can't cross.

    (batch, horizon, 1, 1 + quantiles) float64, original units: the mean, then the quantiles.

    Args:
        inputs: As `model_inputs` gives them.
        target: Says the levels.
        mean: (batch, horizon, 1), scaled.
        raw: Free numbers that become the quantiles' offsets (batch, horizon, quantiles).
    """
    offsets = QuantileLadder(target.quantiles, name="quantiles", dtype="float32")(raw)
    scaled = ops.concatenate([mean, mean + offsets], axis=-1)  # (batch, horizon, 1 + quantiles)
    scores = in_original_units(inputs, scaled, target)
    return keras.Model(list(inputs.values()), scores, name="time_series")


def learnt_spread(mean: Any, target: Horizon) -> Any:
    """Offsets of each step and level that are the same for all windows.

    For `as_scores`, beside a mean (batch, horizon, 1) that needs no training.
    """
    zeros = ops.repeat(ops.zeros_like(mean), len(target.quantiles), axis=-1)
    return StepBias(name="spread")(zeros)
