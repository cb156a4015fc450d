"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.config import ModelConfig
from shared.contract import Deferred, Family

__all__ = ["FAMILIES", "ImageModelConfig", "ResnetConfig"]

Channels = Annotated[int, Field(ge=4, le=1024)]


class ImageModelConfig(ModelConfig):
    """What every family has: the changes of an image while training, which mean no other class."""

    flip: Literal["none", "horizontal", "vertical", "horizontal_and_vertical"] = Field(
        "horizontal_and_vertical",
        description=(
            "Training only. Where left and right differ in meaning, as in chest films, choose"
            " 'none'."
        ),
    )
    rotation_degrees: float = Field(
        180.0, ge=0.0, le=180.0, description="Training only: turned by up to this, either way."
    )
    brightness: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        description="Training only: shifted by up to this share of the whole range.",
    )
    contrast: float = Field(
        0.0, ge=0.0, lt=1.0, description="Training only: stretched or squeezed by up to this share."
    )


class ResnetConfig(ImageModelConfig):
    """A residual network of dense 3×3 convolutions; see `models/resnet.py`."""

    family: Literal["resnet"] = Field("resnet", description="Which network: its settings follow.")
    stem_channels: Channels = Field(16, description="Width of the first convolution.")
    stage_channels: tuple[Channels, ...] = Field(
        (24, 48, 64), min_length=1, max_length=6, description="Each stage halves height and width."
    )
    blocks_per_stage: int = Field(1, ge=1, le=8, description="Residual blocks of each stage.")
    dropout: float = Field(0.2, ge=0.0, lt=1.0, description="Before the last layer.")


FAMILIES: dict[str, Family] = {
    "resnet": Family(ResnetConfig, Deferred("pipelines.medical_imaging.models.resnet:build_model")),
}
"""Name, as `model.family` says it -> settings and network."""
