"""Settings of what is fitted: in closed form, and the network."""

from __future__ import annotations

from pydantic import Field

from shared.config import FrontEndConfig, TrainConfig

__all__ = ["TimeSeriesFrontEndConfig", "TimeSeriesTrainConfig"]


class TimeSeriesFrontEndConfig(FrontEndConfig):
    """What is fitted in closed form: the ridge, and the codes of static categories."""

    ridge_folds: int = Field(
        5,
        ge=2,
        le=20,
        description="Blocks of training time that choose the ridge's centring and penalties.",
    )
    max_static_categories: int = Field(
        32,
        ge=2,
        le=1024,
        description="Values of a static category that are told apart; rarer ones count as unknown.",
    )


class TimeSeriesTrainConfig(TrainConfig):
    """How the network is fitted; the ridge has a closed form and needs none of this."""

    epochs: int = Field(20, ge=1, le=10_000, description="Passes over the training split, at most.")
    batch_size: int = Field(
        128, ge=1, le=65_536, description="Examples in one step, over all replicas together."
    )
    learning_rate: float = Field(
        3e-3, gt=0.0, le=10.0, description="Peak of the schedule: linear warm-up, then cosine to 0."
    )
    weight_decay: float = Field(1e-2, ge=0.0, le=1.0, description="Decoupled weight decay (AdamW).")
    patience_epochs: int = Field(
        5, ge=1, description="Epochs without a better validation loss before training stops."
    )
