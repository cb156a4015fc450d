"""Static covariates -> one tensor.

Standardised numbers, flags of those not given, and categories as one-hot.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.standardising import Moments, Standardising
from shared.contract import Examples

__all__ = ["StaticNumbers", "encode_statics", "static_width"]


def static_width(config: TimeSeriesConfig) -> int:
    """Width of the encoded tensor; 0 without static covariates."""
    # One more than the categories that are told apart, for unknown ones.
    return 2 * len(config.data.static_numbers) + (1 + config.front_end.max_static_categories) * len(
        config.data.static_texts
    )


def encode_statics(config: TimeSeriesConfig, train: Examples, inputs: dict[str, Any]) -> Any | None:
    """Encode the row's inputs `static` and `category`, fitted on the training split.

    Each series counts the same there.

    Returns:
        (batch, `static_width`) float32; None without static covariates.
    """
    parts = []
    if "static" in inputs:
        numbers = _distinct(train, "static")
        moments = Moments.of(lambda: [numbers], numbers.shape[1])
        layer = StaticNumbers(moments.mean, moments.scale, name="static_numbers")
        parts.append(layer(inputs["static"]))
    if "category" in inputs:
        size = config.front_end.max_static_categories
        for column, values in enumerate(_distinct(train, "category").T):
            known = [
                name
                for name, _ in Counter(value for value in values.tolist() if value).most_common(
                    size
                )
            ]
            lookup = keras.layers.StringLookup(
                vocabulary=sorted(known) or ["no category"],
                num_oov_indices=1,
                output_mode="one_hot",
                max_tokens=1 + size,
                pad_to_max_tokens=True,
                name=f"category_{column}",
            )
            parts.append(lookup(inputs["category"][:, column]))
    return ops.concatenate(parts, axis=-1) if parts else None


@keras.saving.register_keras_serializable(package="plumbline")
class StaticNumbers(Standardising):
    """Standardises numbers and flags those that are not given (NaN), which become 0, the mean."""

    def call(self, numbers: Any) -> Any:
        """(batch, numbers) -> (batch, 2 · numbers) float32: standardised, then flags."""
        missing = ops.isnan(numbers)
        standardised = super().call(numbers)
        known = ops.where(missing, ops.zeros_like(standardised), standardised)
        return ops.concatenate([known, ops.cast(missing, "float32")], axis=-1)


def _distinct(train: Examples, name: str) -> NDArray[Any]:
    """One row per series of the training split."""
    codes, _ = pd.factorize(train.groups["series"], sort=True)
    _, firsts = np.unique(codes, return_index=True)
    return np.asarray(train.rows(firsts.astype(np.int64))[name])
