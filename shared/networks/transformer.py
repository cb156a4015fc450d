"""The encoder block of a transformer."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

__all__ = ["attend", "encoder_block", "feed_forward"]


def encoder_block(
    tokens: Any,
    *,
    num_heads: int,
    dropout: float,
    seed: int,
    name: str,
    mask: Any = None,
    widening: int = 4,
) -> Any:
    """Tokens look at each other, then each is transformed by itself, (batch, tokens, width).

    Normalised before each part, not behind it, which trains without a long warm-up (Xiong et al.
    2020, "On layer normalization in the transformer architecture").

    Args:
        tokens: (batch, tokens, width); the width is a multiple of the heads.
        num_heads: Of the attention.
        dropout: Of what each part adds.
        seed: Of the dropout; two are used from here on.
        name: Of the layers.
        mask: (batch, tokens) float, 1 on tokens that may be looked at; None for all.
        widening: Width of the hidden layer, in widths of a token.
    """
    looked = attend(tokens, num_heads=num_heads, name=name, mask=mask)
    tokens = tokens + layers.Dropout(dropout, seed=seed, name=f"{name}_drop0")(looked)
    transformed = feed_forward(
        tokens, activation="gelu", widening=widening, dropout=dropout, seed=seed + 1, name=name
    )
    return tokens + transformed


def attend(tokens: Any, *, num_heads: int, name: str, mask: Any = None) -> Any:
    """What multi-head attention adds to normalised tokens, (batch, tokens, width).

    Arguments are those of `encoder_block`.
    """
    width = tokens.shape[-1]
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm0")(tokens)
    # Without biases: one of the keys changes nothing, and would be moved by rounding alone.
    look = layers.MultiHeadAttention(
        num_heads, width // num_heads, use_bias=False, name=f"{name}_attention"
    )
    visible = None if mask is None else ops.expand_dims(mask, 1) > 0.5  # (batch, 1, tokens)
    return look(normed, normed, attention_mask=visible)


def feed_forward(
    tokens: Any, *, activation: str, widening: int, dropout: float, seed: int, name: str
) -> Any:
    """What a hidden layer adds to each normalised token, (batch, tokens, width).

    Arguments are those of `encoder_block`.
    """
    width = tokens.shape[-1]
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm1")(tokens)
    hidden = layers.Dense(widening * width, activation=activation, name=f"{name}_hidden")(normed)
    transformed = layers.Dense(width, name=f"{name}_out")(hidden)
    return layers.Dropout(dropout, seed=seed, name=f"{name}_drop1")(transformed)
