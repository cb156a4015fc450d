"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.config import ModelConfig
from shared.contract import Deferred, Family

__all__ = ["FAMILIES", "NgramCnnConfig", "Widths"]


def _increase(value: tuple[int, ...]) -> tuple[int, ...]:
    if any(item < 1 for item in value) or list(value) != sorted(set(value)):
        raise ValueError(
            f"expected increasing positive lengths such as [3, 4, 5], received {list(value)}"
        )
    return value


Widths = Annotated[tuple[int, ...], AfterValidator(_increase)]
"""Lengths of runs, increasing."""


class NgramCnnConfig(ModelConfig):
    """Log-count ratios of n-grams beside convolutions over words; see `models/ngram_cnn.py`."""

    family: Literal["ngram_cnn"] = Field(
        "ngram_cnn", description="Which network: its settings follow."
    )
    encoder: Literal["scratch"] = Field(
        "scratch",
        description=(
            "Where word representations come from: 'scratch' learns them from the training split"
            " alone."
        ),
    )
    embedding_size: int = Field(64, ge=4, le=1024, description="Length of a word vector.")
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
    dropout: float = Field(
        0.3, ge=0.0, lt=1.0, description="After the convolutions; half as much on word vectors."
    )
    word_dropout: float = Field(
        0.1, ge=0.0, lt=1.0, description="Share of words that become unknown while training."
    )
    ngram_dropout: float = Field(
        0.3, ge=0.0, lt=1.0, description="Share of n-grams that vanish while training."
    )
    branch_dropout: float = Field(
        0.25, ge=0.0, le=0.5, description="Share of rows that train each branch alone."
    )


FAMILIES: dict[str, Family] = {
    "ngram_cnn": Family(
        NgramCnnConfig, Deferred("pipelines.sentiment.models.ngram_cnn:build_model")
    ),
}
"""Name, as `model.family` says it -> settings and network."""
