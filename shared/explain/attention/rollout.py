"""From attention layer by layer to how much of each token arrives at the end. Plain NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["roll_out"]

_OWN = 0.5
"""Share of a token that passes by each layer: the residual connection (Abnar & Zuidema 2020,
section 3: A = 0.5 W + 0.5 I)."""


def roll_out(layers: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Share of each token in what the last layer gives, (tokens,); sums to 1.

    Attention rollout (Abnar & Zuidema 2020, "Quantifying attention flow in transformers", eq. 1),
    heads averaged. Not the last layer's attention alone, whose tokens are mixtures of others
    already: rollout says whose. Read at the end as the mean over all tokens, as our networks do;
    tokens that nobody may look at, such as padding, are not read.

    Args:
        layers: Of one row, from the input on: (heads, tokens, tokens) each.
    """
    num_tokens = layers[0].shape[-1]
    arrived = np.eye(num_tokens)
    for scores in layers:
        mixed = _OWN * scores.mean(axis=0, dtype=np.float64) + (1.0 - _OWN) * np.eye(num_tokens)
        arrived = mixed @ arrived
    # Masked tokens get exactly 0 of everyone.
    is_read = np.max([scores.max(axis=(0, 1)) for scores in layers], axis=0) > 0.0
    shares = arrived[is_read].mean(axis=0)
    return np.asarray(shares / shares.sum())
