"""Training without the places at which no row of a batch has anything."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["TrimPadding", "trim_padding"]


def trim_padding(ids: Any, padding: int, *, jit: bool) -> Any:
    """(batch, places) integers, in training without the places that no row fills.

    Args:
        ids: (batch, places).
        padding: What stands behind the end of a row.
        jit: Whether training is compiled by XLA, which must know how long a batch is.
    """
    return ids if jit else TrimPadding(padding, name="trim_padding")(ids)


@keras.saving.register_keras_serializable(package="plumbline")
class TrimPadding(keras.layers.Layer):
    """In training, leaves out the places behind the longest row of a batch; else does nothing.

    A row that is served must give the same bits in any batch, and a sum over another width is
    rounded otherwise.

    Args:
        padding: What stands behind the end of a row.
    """

    def __init__(self, padding: int, **options: Any) -> None:
        super().__init__(**options)
        self.padding = padding

    def call(self, ids: Any, training: bool | None = None) -> Any:
        """(batch, places) integers -> (batch, fewer places or as many, but one)."""
        if not training:
            return ids
        is_read = ops.any(ops.not_equal(ids, self.padding), axis=0)  # (places,)
        ends = ops.arange(1, ops.shape(ids)[1] + 1)
        longest = ops.max(ops.where(is_read, ends, 1))
        return ids[:, :longest]

    def compute_output_spec(self, ids: Any, training: bool | None = None) -> Any:
        """How many places are left is known batch by batch."""
        del training
        return keras.KerasTensor((ids.shape[0], None), dtype=ids.dtype)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "padding": self.padding}
