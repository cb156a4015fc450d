"""Where a token stands, in a line or in a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

__all__ = ["Positions", "sinusoids"]

_LONGEST_WAVE = 10_000.0


def sinusoids(num_places: int, width: int) -> NDArray[np.float32]:
    """Sines, then cosines of each place, at wavelengths from 2π to 10,000 · 2π places.

    Vaswani et al. (2017), "Attention is all you need", section 3.5.

    Args:
        num_places: Places 0, 1, 2, …
        width: Numbers for each; of an odd width the last is 0.

    Returns:
        (num_places, width).
    """
    num_waves = width // 2
    wavelengths = _LONGEST_WAVE ** (np.arange(num_waves) / max(num_waves, 1))
    angles = np.arange(num_places)[:, None] / wavelengths  # (places, waves)
    table = np.zeros((num_places, width), np.float32)
    table[:, :num_waves] = np.sin(angles)
    table[:, num_waves : 2 * num_waves] = np.cos(angles)
    return table


@keras.saving.register_keras_serializable(package="plumbline")
class Positions(keras.layers.Layer):
    """Adds the place of each token.

    In a grid, half of the width tells the row, the other half the column.

    Fixed, since few examples teach little about places; as good as learnt ones for images (Beyer et
    al. 2022, "Better plain ViT baselines for ImageNet-1k").

    Args:
        grid: (tokens,), or (rows, columns) of tokens that stand row by row.
        scale: Factor, so that places do not drown what is there: about the size of a token's
            numbers.
    """

    def __init__(self, grid: Sequence[int], *, scale: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.grid = tuple(grid)
        self.scale = scale

    def call(self, tokens: Any) -> Any:
        """(batch, tokens, width) -> the same; there may be fewer tokens than places."""
        table = ops.convert_to_tensor(self.scale * self._table(tokens.shape[-1]), tokens.dtype)
        return tokens + table[: ops.shape(tokens)[1]]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "grid": list(self.grid), "scale": self.scale}

    def _table(self, width: int) -> NDArray[np.float32]:
        if len(self.grid) == 1:
            return sinusoids(self.grid[0], width)
        rows, columns = self.grid
        by_row = np.repeat(sinusoids(rows, width // 2), columns, axis=0)
        by_column = np.tile(sinusoids(columns, width - width // 2), (rows, 1))
        return np.concatenate([by_row, by_column], axis=1)
