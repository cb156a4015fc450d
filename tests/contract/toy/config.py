"""What can be set: every field typed, bounded, with a default."""

from __future__ import annotations

from pydantic import Field

from shared.config import DataConfig, ModelConfig, RunConfig

__all__ = ["ToyConfig", "ToyDataConfig", "ToyModelConfig"]


class ToyDataConfig(DataConfig):
    """Where signals come from, and their shape."""

    num_samples: int = Field(40, ge=16, le=10_000, description="Samples of one signal.")
    sample_rate_hz: int = Field(100, ge=1, le=1_000_000)


class ToyModelConfig(ModelConfig):
    """A convolution and a pooling."""

    num_filters: int = Field(8, ge=1, le=512)
    dropout: float = Field(0.1, ge=0.0, lt=1.0)


class ToyConfig(RunConfig):
    """The configuration of a toy run."""

    data: ToyDataConfig = ToyDataConfig()
    model: ToyModelConfig = ToyModelConfig()
