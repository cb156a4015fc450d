"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.config import ModelConfig
from shared.config.transfer import TransferConfig
from shared.contract import Deferred, Family

__all__ = [
    "FAMILIES",
    "AnyModelConfig",
    "BilstmConfig",
    "GruConfig",
    "NgramCnnConfig",
    "PretrainedConfig",
    "RecurrentConfig",
    "TransformerConfig",
    "Widths",
    "WordModelConfig",
]


def _increase(value: tuple[int, ...]) -> tuple[int, ...]:
    if any(item < 1 for item in value) or list(value) != sorted(set(value)):
        raise ValueError(
            f"expected increasing positive lengths such as [3, 4, 5], received {list(value)}"
        )
    return value


Widths = Annotated[tuple[int, ...], AfterValidator(_increase)]
"""Lengths of runs, increasing."""


class WordModelConfig(ModelConfig):
    """What every family has: vectors of words."""

    embedding_size: int = Field(64, ge=4, le=1024, description="Length of a word vector.")
    dropout: float = Field(
        0.3, ge=0.0, lt=1.0, description="Before the last layer; half as much on word vectors."
    )
    word_dropout: float = Field(
        0.1, ge=0.0, lt=1.0, description="Share of words that become unknown while training."
    )


class NgramCnnConfig(WordModelConfig):
    """Log-count ratios of n-grams beside convolutions over words; see `models/ngram_cnn.py`."""

    family: Literal["ngram_cnn"] = Field(
        "ngram_cnn", description="Which network: its settings follow."
    )
    kernel_words: Widths = Field(
        (2, 3, 4), min_length=1, description="Widths of the convolutions, in words."
    )
    num_filters: int = Field(64, ge=4, le=1024, description="Filters of each width.")
    num_context_filters: int = Field(
        64,
        ge=0,
        le=1024,
        description="Filters of a second layer over what the first found; 0 leaves it out.",
    )
    ngram_dropout: float = Field(
        0.3, ge=0.0, lt=1.0, description="Share of n-grams that vanish while training."
    )
    branch_dropout: float = Field(
        0.25, ge=0.0, le=0.5, description="Share of rows that train each branch alone."
    )


class RecurrentConfig(WordModelConfig):
    """What recurrent networks have."""

    units: int = Field(64, ge=4, le=1024, description="Memory of each direction.")
    num_layers: int = Field(
        1, ge=1, le=4, description="Recurrent layers, each over the states of the one before."
    )
    attention_units: int = Field(
        32, ge=4, le=1024, description="Of the layer that weighs the states of a text."
    )


class BilstmConfig(RecurrentConfig):
    """An LSTM that reads forwards and backwards; see `models/bilstm.py`."""

    family: Literal["bilstm"] = Field("bilstm", description="Which network: its settings follow.")


class GruConfig(RecurrentConfig):
    """A GRU that reads forwards; see `models/gru.py`."""

    family: Literal["gru"] = Field("gru", description="Which network: its settings follow.")


class TransformerConfig(WordModelConfig):
    """A transformer encoder over words; see `models/transformer.py`."""

    family: Literal["transformer"] = Field(
        "transformer", description="Which network: its settings follow."
    )
    num_blocks: int = Field(2, ge=1, le=24, description="Encoder blocks.")
    num_heads: int = Field(4, ge=1, le=16, description="Of the attention; divide embedding_size.")
    block_dropout: float = Field(
        0.1, ge=0.0, lt=1.0, description="Of what each half of a block adds."
    )

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.embedding_size % self.num_heads:
            raise ValueError(
                f"num_heads ({self.num_heads}) must divide embedding_size ({self.embedding_size})"
            )
        return self


class PretrainedConfig(TransferConfig):
    """An encoder that was trained on other texts; see `models/pretrained.py`."""

    training_defaults: ClassVar[Mapping[str, Any]] = {"learning_rate": 1e-4}

    family: Literal["pretrained"] = Field(
        "pretrained", description="Which network: its settings follow."
    )
    dropout: float = Field(0.1, ge=0.0, lt=1.0, description="Before the last layer.")


AnyModelConfig = Annotated[
    NgramCnnConfig | BilstmConfig | GruConfig | TransformerConfig | PretrainedConfig,
    Field(discriminator="family"),
]
"""The settings of one family, told apart by its name; the first is the default."""


FAMILIES: dict[str, Family] = {
    "ngram_cnn": Family(
        NgramCnnConfig, Deferred("pipelines.sentiment.models.ngram_cnn:build_model")
    ),
    "bilstm": Family(BilstmConfig, Deferred("pipelines.sentiment.models.bilstm:build_model")),
    "gru": Family(GruConfig, Deferred("pipelines.sentiment.models.gru:build_model")),
    "transformer": Family(
        TransformerConfig, Deferred("pipelines.sentiment.models.transformer:build_model")
    ),
    "pretrained": Family(
        PretrainedConfig, Deferred("pipelines.sentiment.models.pretrained:build_model")
    ),
}
"""Name, as `model.family` says it -> settings and network."""
