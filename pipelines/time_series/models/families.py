"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.config import ModelConfig
from shared.contract import Deferred, Family

__all__ = [
    "FAMILIES",
    "AnyModelConfig",
    "ForecastModelConfig",
    "LstmConfig",
    "PatchTransformerConfig",
    "RidgeConfig",
    "RidgeResidualConfig",
    "SeasonalNaiveConfig",
    "StateSpaceConfig",
    "SummaryModelConfig",
]

_MOST_SEGMENTS = 48
_USUAL_PATCH_STEPS = 16  # Nie et al. 2023


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


class SummaryModelConfig(ForecastModelConfig):
    """What networks have that forecast each step from a summary of the window."""

    step_units: int = Field(
        16, ge=1, le=512, description="Numbers that the summary tells each step ahead."
    )
    hidden_units: int = Field(
        64, ge=4, le=2048, description="Width of the layer that joins them with what is known."
    )
    dropout: float = Field(
        0.2, ge=0.0, le=0.9, description="Of the window's summary and of the hidden layer."
    )


class LstmConfig(SummaryModelConfig):
    """An LSTM over segments of the window; see `models/lstm.py`."""

    family: Literal["lstm"] = Field("lstm", description="Which network: its settings follow.")
    segment_steps: int | None = Field(
        None,
        ge=1,
        le=4096,
        description=(
            "Steps that are read at once; null: as few as make at most"
            f" {_MOST_SEGMENTS} segments of the window."
        ),
    )
    units: int = Field(64, ge=4, le=1024, description="Memory of the LSTM.")
    num_layers: int = Field(
        1, ge=1, le=4, description="Recurrent layers, each over the states of the one before."
    )

    def segment_length(self, lookback_steps: int) -> int:
        """Steps of a segment, at most the window."""
        return min(self.segment_steps or -(-lookback_steps // _MOST_SEGMENTS), lookback_steps)


class PatchTransformerConfig(SummaryModelConfig):
    """A transformer over patches of the window; see `models/patch_transformer.py`."""

    family: Literal["patch_transformer"] = Field(
        "patch_transformer", description="Which network: its settings follow."
    )
    patch_steps: int | None = Field(
        None,
        ge=2,
        le=4096,
        description=(
            f"Length of a patch; the next begins half a patch later. null: {_USUAL_PATCH_STEPS},"
            " or a quarter of a shorter window."
        ),
    )
    embedding_size: int = Field(32, ge=8, le=1024, description="Length of a patch's vector.")
    num_blocks: int = Field(2, ge=1, le=24, description="Encoder blocks.")
    num_heads: int = Field(4, ge=1, le=16, description="Of the attention; divide embedding_size.")
    block_dropout: float = Field(
        0.1, ge=0.0, lt=1.0, description="Of what each half of a block adds."
    )
    summary_units: int = Field(64, ge=4, le=1024, description="Length of the window's summary.")

    def patch_length(self, lookback_steps: int) -> int:
        """Steps of a patch, at most the window."""
        usual = min(_USUAL_PATCH_STEPS, max(2, lookback_steps // 4))
        return min(self.patch_steps or usual, lookback_steps)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.embedding_size % self.num_heads:
            raise ValueError(
                f"num_heads ({self.num_heads}) must divide embedding_size ({self.embedding_size})"
            )
        return self


class StateSpaceConfig(SummaryModelConfig):
    """A selective state space over segments of the window; see `models/state_space.py`."""

    family: Literal["state_space"] = Field(
        "state_space", description="Which network: its settings follow."
    )
    segment_steps: int = Field(
        8, ge=1, le=4096, description="Steps that are read at once, at most the window."
    )
    embedding_size: int = Field(32, ge=4, le=1024, description="Length of a segment's vector.")
    num_blocks: int = Field(2, ge=1, le=24, description="Blocks of a convolution and a scan.")
    num_states: int = Field(8, ge=1, le=256, description="Of each channel of a scan.")
    kernel_segments: int = Field(4, ge=1, le=63, description="Length of the convolutions.")
    block_dropout: float = Field(0.1, ge=0.0, lt=1.0, description="Of what a block adds.")


class RidgeConfig(ForecastModelConfig):
    """The ridge with a learnt spread; see `models/ridge.py`."""

    family: Literal["ridge"] = Field("ridge", description="Which network: its settings follow.")


class SeasonalNaiveConfig(ForecastModelConfig):
    """The last season again, with a learnt spread; see `models/seasonal_naive.py`."""

    family: Literal["seasonal_naive"] = Field(
        "seasonal_naive", description="Which network: its settings follow."
    )


AnyModelConfig = Annotated[
    RidgeResidualConfig
    | LstmConfig
    | PatchTransformerConfig
    | StateSpaceConfig
    | RidgeConfig
    | SeasonalNaiveConfig,
    Field(discriminator="family"),
]
"""The settings of one family, told apart by its name; the first is the default."""


def _build(module: str) -> Deferred:
    return Deferred(f"pipelines.time_series.models.{module}:build_model")


FAMILIES: dict[str, Family] = {
    "ridge_residual": Family(RidgeResidualConfig, _build("ridge_residual")),
    "lstm": Family(LstmConfig, _build("lstm")),
    "patch_transformer": Family(PatchTransformerConfig, _build("patch_transformer")),
    "state_space": Family(StateSpaceConfig, _build("state_space")),
    "ridge": Family(RidgeConfig, _build("ridge"), learns_mean=False),
    "seasonal_naive": Family(SeasonalNaiveConfig, _build("seasonal_naive"), learns_mean=False),
}
"""Name, as `model.family` says it -> settings and network."""
