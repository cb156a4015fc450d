"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from shared.config import ModelConfig
from shared.contract import Deferred, Family

__all__ = ["FAMILIES", "ForecastModelConfig", "RidgeResidualConfig"]


class ForecastModelConfig(ModelConfig):
    """What every family has: the levels that it forecasts."""

    quantiles: tuple[float, ...] = Field(
        (0.1, 0.5, 0.9),
        min_length=1,
        description="Levels to forecast besides the mean, increasing.",
    )

    @field_validator("quantiles")
    @classmethod
    def _increase_within_bounds(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0.0 < level < 1.0 for level in value) or list(value) != sorted(set(value)):
            raise ValueError("quantile levels must increase and lie between 0 and 1")
        return value


class RidgeResidualConfig(ForecastModelConfig):
    """A small network that corrects the ridge; see `models/ridge_residual.py`."""

    family: Literal["ridge_residual"] = Field(
        "ridge_residual", description="Which network: its settings follow."
    )
    neural_member: bool = Field(
        True,
        description=(
            "Correct the ridge with a network; false leaves the ridge and learns only its spread."
        ),
    )
    hidden_units: int = Field(96, ge=4, le=2048, description="Width of the network.")
    num_layers: int = Field(
        2, ge=1, le=8, description="Hidden layers after the features of a step are mixed."
    )
    context_units: int = Field(
        32,
        ge=4,
        le=512,
        description="Width of the summary of the whole window that every step sees.",
    )
    dropout: float = Field(
        0.3, ge=0.0, le=0.9, description="After the window's summary and after each hidden layer."
    )


FAMILIES: dict[str, Family] = {
    "ridge_residual": Family(
        RidgeResidualConfig, Deferred("pipelines.time_series.models.ridge_residual:build_model")
    ),
}
"""Name, as `model.family` says it -> settings and network."""
