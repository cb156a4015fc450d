"""A transformer encoder over words (Vaswani et al. 2017), the text being the mean of its words."""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import TransformerConfig
from pipelines.sentiment.models.words import EMBEDDING_SPREAD, classify_words
from shared.networks.pooling import masked_mean
from shared.networks.positions import Positions
from shared.networks.transformer import encoder_block
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: SentimentConfig, target: Target) -> keras.Model:
    """Word ids -> logits (batch, classes) float32."""
    settings = cast("TransformerConfig", config.model)  # of this file's family

    def read(words: Any, mask: Any) -> Any:
        grid = (config.front_end.max_words,)
        tokens = Positions(grid, scale=EMBEDDING_SPREAD, name="positions")(words)
        for block in range(settings.num_blocks):
            tokens = encoder_block(
                tokens,
                num_heads=settings.num_heads,
                dropout=settings.block_dropout,
                seed=config.train.seed + 5 + 2 * block,
                name=f"block{block}",
                mask=mask,
            )
        tokens = layers.LayerNormalization(epsilon=1e-6, name="norm")(tokens)
        return masked_mean(tokens, mask)

    return classify_words(config, target, read)
