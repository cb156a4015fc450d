"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.config import ModelConfig
from shared.contract import Deferred, Family

__all__ = ["FAMILIES", "ResidualCnnConfig"]


class ResidualCnnConfig(ModelConfig):
    """Residual convolutions over frequency and time; see `models/residual_cnn.py`."""

    family: Literal["residual_cnn"] = Field(
        "residual_cnn", description="Which network: its settings follow."
    )
    stem_channels: int = Field(
        16,
        ge=4,
        le=128,
        description="Width of the first blocks, over frequency and time; doubled twice.",
    )
    channels: int = Field(
        64, ge=8, le=512, description="Width of the last blocks, over time alone."
    )
    num_blocks: int = Field(
        3, ge=1, le=12, description="Residual blocks over time, dilated 1, 2, 4, 1, 2, 4, …"
    )
    dropout: float = Field(0.2, ge=0.0, le=0.9, description="Before the last layer.")
    augmentation: float = Field(
        1.0,
        ge=0.0,
        le=2.0,
        description="Strength of all training-only augmentation; 0 switches it off.",
    )


FAMILIES: dict[str, Family] = {
    "residual_cnn": Family(
        ResidualCnnConfig, Deferred("pipelines.speech.models.residual_cnn:build_model")
    ),
}
"""Name, as `model.family` says it -> settings and network."""
