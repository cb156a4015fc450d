"""Covariates in their own standard deviations, however large the numbers are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

__all__ = ["Moments", "Standardising"]

_Numbers = Sequence[float] | NDArray[np.float64]

_CONSTANT = 1e-13
"""A standard deviation that is this small beside the mean is what rounding leaves in float64, whose
step is 2e-16 of a number."""


@dataclass(frozen=True)
class Moments:
    """Mean and scale of some columns, (columns,) float64 each.

    Attributes:
        mean: 0 where nothing is given.
        scale: Standard deviation, > 0; 1 of a column that does not change, which says nothing.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, chunks: Callable[[], Iterable[NDArray[np.float64]]], num_columns: int) -> Self:
        """Measure columns over all chunks (rows, columns), NaN where not given.

        Twice through: Σx² − (Σx)²/n loses the spread of a column whose mean is large beside it.
        """
        sums, squares, counts = (np.zeros(num_columns) for _ in range(3))
        for values in chunks():
            sums += np.nansum(values, axis=0)
            counts += np.isfinite(values).sum(axis=0)
        mean = sums / np.maximum(counts, 1.0)
        for values in chunks():
            squares += np.nansum((values - mean) ** 2, axis=0)
        scale = np.sqrt(squares / np.maximum(counts, 1.0))
        return cls(mean, np.where(scale > _CONSTANT * np.abs(mean), scale, 1.0))


@keras.saving.register_keras_serializable(package="plumbline")
class Standardising(keras.layers.Layer):
    """(value − mean) / scale of each column (the last axis), in float64.

    Keras' Normalization computes in float32 after it was loaded from a file, in which a year, a
    head count or a time in seconds has few digits left.

    Args:
        mean: Of each column.
        scale: Of each column, > 0.
    """

    def __init__(self, mean: _Numbers, scale: _Numbers, **options: Any) -> None:
        super().__init__(**{"dtype": "float64", **options})
        self.mean = [float(value) for value in mean]
        self.scale = [float(value) for value in scale]

    def call(self, numbers: Any) -> Any:
        """(…, columns) -> the same shape, float32."""
        mean, scale = (ops.convert_to_tensor(each, numbers.dtype) for each in self._moments())
        return ops.cast((numbers - mean) / scale, "float32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "mean": self.mean, "scale": self.scale}

    def _moments(self) -> tuple[list[float], list[float]]:
        return self.mean, self.scale
