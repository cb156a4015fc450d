"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.config import ModelConfig
from shared.config.mixing import MixingAlpha
from shared.contract import Deferred, Family

__all__ = [
    "FAMILIES",
    "AnyModelConfig",
    "ClipModelConfig",
    "ConformerConfig",
    "CrnnConfig",
    "PooledModelConfig",
    "ResidualCnnConfig",
    "StateSpaceConfig",
    "StreamingConfig",
]

StemChannels = Annotated[int, Field(ge=4, le=128)]

_POOLING = (
    "How the steps of a clip become one vector: of those with sound, the mean, a mean by learnt"
    " weights ('attention'), or that and the standard deviation ('attentive_statistics': Okabe et"
    " al. 2018)."
)


class ClipModelConfig(ModelConfig):
    """What every family has."""

    dropout: float = Field(0.2, ge=0.0, le=0.9, description="Before the last layer.")
    augmentation: float = Field(
        1.0,
        ge=0.0,
        le=2.0,
        description=(
            "Training only: strength of another voice and pace (VTLP: Jaitly & Hinton 2013), of"
            " noise and of masks (SpecAugment: Park et al. 2019); 0 switches all off."
        ),
    )
    mixup_alpha: MixingAlpha = Field(
        0.0,
        description=(
            "Training only: a weighted mean of two clips, and of their labels; shares are drawn"
            " from Beta(α, α) (Zhang et al. 2018). 0: off."
        ),
    )


class PooledModelConfig(ClipModelConfig):
    """What networks have that make one vector of a whole clip's steps."""

    attention_units: int = Field(
        32,
        ge=4,
        le=1024,
        description="Of the layer that weighs the steps of a clip, where pooling weighs them.",
    )


class ResidualCnnConfig(PooledModelConfig):
    """Residual convolutions over frequency and time; see `models/residual_cnn.py`."""

    family: Literal["residual_cnn"] = Field(
        "residual_cnn", description="Which network: its settings follow."
    )
    stem_channels: StemChannels = Field(
        16, description="Width of the first blocks, over frequency and time; doubled twice."
    )
    channels: int = Field(
        64, ge=8, le=512, description="Width of the last blocks, over time alone."
    )
    num_blocks: int = Field(
        3, ge=1, le=12, description="Residual blocks over time, dilated 1, 2, 4, 1, 2, 4, …"
    )
    pooling: Literal["mean_and_maximum", "mean", "attentive_statistics"] = Field(
        "mean_and_maximum", description=f"{_POOLING} 'mean_and_maximum' counts silence too."
    )


class CrnnConfig(PooledModelConfig):
    """Convolutions, then a recurrent network over time; see `models/crnn.py`."""

    family: Literal["crnn"] = Field("crnn", description="Which network: its settings follow.")
    stem_channels: StemChannels = Field(
        16, description="Width of the first convolution; doubled twice."
    )
    units: int = Field(64, ge=4, le=1024, description="Memory of each direction of the GRU.")
    num_layers: int = Field(
        1, ge=1, le=4, description="Recurrent layers, each over the states of the one before."
    )
    pooling: Literal["attention", "mean", "attentive_statistics"] = Field(
        "attention", description=_POOLING
    )


class ConformerConfig(PooledModelConfig):
    """Attention and convolutions over time; see `models/conformer.py`."""

    family: Literal["conformer"] = Field(
        "conformer", description="Which network: its settings follow."
    )
    stem_channels: StemChannels = Field(16, description="Width of both first convolutions.")
    embedding_size: int = Field(64, ge=8, le=1024, description="Length of a time step's vector.")
    num_blocks: int = Field(2, ge=1, le=24, description="Conformer blocks.")
    num_heads: int = Field(4, ge=1, le=16, description="Of the attention; divide embedding_size.")
    kernel_steps: int = Field(
        9, ge=3, le=63, description="Length of the convolutions, in steps of four frames."
    )
    block_dropout: float = Field(
        0.1, ge=0.0, lt=1.0, description="Of what each part of a block adds."
    )
    pooling: Literal["mean", "attentive_statistics"] = Field("mean", description=_POOLING)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.embedding_size % self.num_heads:
            raise ValueError(
                f"num_heads ({self.num_heads}) must divide embedding_size ({self.embedding_size})"
            )
        return self


class StateSpaceConfig(PooledModelConfig):
    """Selective state spaces over time; see `models/state_space.py`."""

    family: Literal["state_space"] = Field(
        "state_space", description="Which network: its settings follow."
    )
    stem_channels: StemChannels = Field(16, description="Width of the first convolution; doubled.")
    embedding_size: int = Field(64, ge=4, le=1024, description="Length of a time step's vector.")
    num_blocks: int = Field(2, ge=1, le=24, description="Blocks of a convolution and a scan.")
    num_states: int = Field(8, ge=1, le=256, description="Of each channel of a scan.")
    kernel_steps: int = Field(
        4, ge=1, le=63, description="Length of the blocks' convolutions, in steps of four frames."
    )
    block_dropout: float = Field(0.1, ge=0.0, lt=1.0, description="Of what a block adds.")
    pooling: Literal["attention", "mean", "attentive_statistics"] = Field(
        "mean", description=_POOLING
    )


class StreamingConfig(ClipModelConfig):
    """Causal convolutions that also listen piece by piece; see `models/streaming.py`."""

    # A floor reads whole clips only.
    training_defaults: ClassVar[Mapping[str, Any]] = {"deploy": "network"}

    family: Literal["streaming"] = Field(
        "streaming", description="Which network: its settings follow."
    )
    stem_channels: StemChannels = Field(
        16, description="Width of the first convolution, over frequency and time; doubled twice."
    )
    channels: int = Field(
        64, ge=8, le=512, description="Width of the last blocks, over time alone."
    )
    num_blocks: int = Field(
        3, ge=1, le=12, description="Residual blocks over time, dilated 1, 2, 4, 1, 2, 4, …"
    )


AnyModelConfig = Annotated[
    ResidualCnnConfig | CrnnConfig | ConformerConfig | StateSpaceConfig | StreamingConfig,
    Field(discriminator="family"),
]
"""The settings of one family, told apart by its name; the first is the default."""


FAMILIES: dict[str, Family] = {
    "residual_cnn": Family(
        ResidualCnnConfig, Deferred("pipelines.speech.models.residual_cnn:build_model")
    ),
    "crnn": Family(CrnnConfig, Deferred("pipelines.speech.models.crnn:build_model")),
    "conformer": Family(ConformerConfig, Deferred("pipelines.speech.models.conformer:build_model")),
    "state_space": Family(
        StateSpaceConfig, Deferred("pipelines.speech.models.state_space:build_model")
    ),
    "streaming": Family(StreamingConfig, Deferred("pipelines.speech.models.streaming:build_model")),
}
"""Name, as `model.family` says it -> settings and network."""
