"""An encoder that was trained on other texts, the mean of a text's pieces, and a new last layer.

The mean over pieces is what sentence encoders are trained with (Reimers & Gurevych 2019,
"Sentence-BERT").
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers, ops

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import PretrainedConfig
from pipelines.sentiment.preprocess import PIECE_IDS, piece_padding
from shared.errors import ConfigError
from shared.networks.padding import trim_padding
from shared.networks.pooling import masked_mean
from shared.pretrained.encoder import load_encoder
from shared.pretrained.layers import freeze
from shared.targets import Target

__all__ = ["build_model"]

_READ = {"token_ids", "padding_mask", "segment_ids"}


def build_model(config: SentimentConfig, target: Target) -> keras.Model:
    """`piece_ids` (batch, max_pieces) int32 -> logits (batch, classes) float32.

    Raises:
        ConfigError: The encoder can't be found, or is none of texts.
    """
    settings = cast("PretrainedConfig", config.model)  # of this file's family
    encoder = load_encoder(settings.encoder)
    _require_texts(encoder, settings.encoder)
    freeze(encoder, settings.frozen_share)
    padding = piece_padding(settings.encoder)
    pieces = keras.Input((config.front_end.max_pieces,), dtype="int32", name=PIECE_IDS)
    text = _read(trim_padding(pieces, padding, jit=config.train.jit), encoder, padding)
    drop = layers.Dropout(settings.dropout, seed=config.train.seed + 4, name="text_dropout")
    logits = layers.Dense(target.shape[0], dtype="float32", name="logits")(drop(text))
    return keras.Model({PIECE_IDS: pieces}, logits, name="sentiment")


def _require_texts(encoder: keras.Model, source: str) -> None:
    names = set(encoder.input) if isinstance(encoder.input, dict) else set()
    if not {"token_ids", "padding_mask"} <= names <= _READ:
        raise ConfigError(
            f"model.encoder: {source!r} is no encoder of texts: expected inputs token_ids and"
            f" padding_mask, received {', '.join(sorted(names)) or 'one of another kind'}"
        )


def _read(pieces: Any, encoder: keras.Model, padding: int) -> Any:
    """Piece ids -> features (batch, any)."""
    is_piece = ops.cast(ops.not_equal(pieces, padding), "int32")
    given = {
        "token_ids": pieces,
        "padding_mask": is_piece,
        "segment_ids": ops.zeros_like(pieces),  # one text, not a pair
    }
    tokens = encoder({name: given[name] for name in encoder.input})
    return masked_mean(tokens, ops.cast(is_piece, tokens.dtype))
