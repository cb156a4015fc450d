"""Recurrent layers over tokens."""

from __future__ import annotations

from typing import Any, Literal

from keras import layers, ops

__all__ = ["Cell", "recur"]

Cell = Literal["lstm", "gru"]
_CELLS = {"lstm": layers.LSTM, "gru": layers.GRU}


def recur(
    tokens: Any,
    cell: Cell,
    *,
    units: int,
    num_layers: int,
    both_ways: bool,
    dropout: float,
    seed: int,
    mask: Any = None,
) -> Any:
    """States after each token, (batch, tokens, units, twice as many if read both ways).

    Long short-term memory (Hochreiter & Schmidhuber 1997) or gated recurrent units (Cho et al.
    2014).

    Args:
        tokens: (batch, tokens, any).
        cell: Which.
        units: Of each direction.
        num_layers: Each reads the states of the one before.
        both_ways: Whether tokens are also read from the end.
        dropout: Between layers.
        seed: Of the dropout; each layer uses one from here on.
        mask: (batch, tokens) float, 1 on tokens; a state stays as it is on others. None: all count.
    """
    is_token = None if mask is None else mask > 0.5
    for layer in range(num_layers):
        if layer:
            drop = layers.Dropout(dropout, seed=seed + layer, name=f"{cell}{layer}_dropout")
            tokens = drop(tokens)
        # Without cuDNN, whose operations no server without a GPU can run.
        read = _CELLS[cell](units, return_sequences=True, use_cudnn=False, name=f"{cell}{layer}")
        if both_ways:
            read = layers.Bidirectional(read, name=f"{cell}{layer}_both_ways")
        tokens = read(tokens, mask=is_token)
    return tokens if mask is None else tokens * ops.expand_dims(mask, -1)
