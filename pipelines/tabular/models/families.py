"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.config import ModelConfig
from shared.contract import Deferred, Family

__all__ = ["FAMILIES", "AnyModelConfig", "MlpConfig"]


class MlpConfig(ModelConfig):
    """Dense layers over all columns; see `models/mlp.py`."""

    family: Literal["mlp"] = Field("mlp", description="Which network: its settings follow.")
    num_units: int = Field(64, ge=4, le=4096, description="Of each hidden layer.")
    num_layers: int = Field(2, ge=1, le=8, description="Hidden layers.")
    dropout: float = Field(0.1, ge=0.0, lt=1.0, description="After each hidden layer.")
    column_dropout: float = Field(
        0.1, ge=0.0, lt=1.0, description="Share of values that training hides, as if not given."
    )


AnyModelConfig = MlpConfig
"""With a second family: their union, told apart by `family`."""

FAMILIES: dict[str, Family] = {
    "mlp": Family(MlpConfig, Deferred("pipelines.tabular.models.mlp:build_model"))
}
"""Name, as `model.family` says it -> settings and network."""
