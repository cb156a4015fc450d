"""A GRU over words whose states are weighed: half of `bilstm`, for less time."""

from __future__ import annotations

from typing import Any, cast

import keras

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import GruConfig
from pipelines.sentiment.models.words import classify_words
from shared.networks.pooling import AttentionPooling
from shared.networks.recurrent import recur
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: SentimentConfig, target: Target) -> keras.Model:
    """Word ids -> logits (batch, classes) float32."""
    settings = cast("GruConfig", config.model)  # of this file's family

    def read(words: Any, mask: Any) -> Any:
        states = recur(
            words,
            "gru",
            units=settings.units,
            num_layers=settings.num_layers,
            both_ways=False,
            dropout=settings.dropout,
            seed=config.train.seed + 5,
            mask=mask,
        )
        return AttentionPooling(settings.attention_units, name="pooling")(states, mask)

    return classify_words(config, target, read)
