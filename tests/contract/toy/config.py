"""What can be set: every field typed, bounded, with a default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.config import DataConfig, ModelConfig, RunConfig
from shared.contract import Deferred, Family

__all__ = ["FAMILIES", "ConvolutionConfig", "DenseConfig", "ToyConfig", "ToyDataConfig"]


class ToyDataConfig(DataConfig):
    """Where signals come from, and their shape."""

    num_samples: int = Field(40, ge=16, le=10_000, description="Samples of one signal.")
    sample_rate_hz: int = Field(100, ge=1, le=1_000_000)


class ConvolutionConfig(ModelConfig):
    """A convolution and a pooling."""

    family: Literal["convolution"] = "convolution"
    num_filters: int = Field(8, ge=1, le=512)
    dropout: float = Field(0.1, ge=0.0, lt=1.0)


class DenseConfig(ModelConfig):
    """A hidden layer over all samples."""

    family: Literal["dense"] = "dense"
    num_units: int = Field(32, ge=1, le=512)


class ToyConfig(RunConfig):
    """The configuration of a toy run."""

    data: ToyDataConfig = ToyDataConfig()
    model: Annotated[ConvolutionConfig | DenseConfig, Field(discriminator="family")] = (
        ConvolutionConfig()
    )


FAMILIES = {
    "convolution": Family(
        ConvolutionConfig, Deferred("tests.contract.toy.models.convolution:build_model")
    ),
    "dense": Family(DenseConfig, Deferred("tests.contract.toy.models.dense:build_model")),
}
