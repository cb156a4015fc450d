"""How much of the way from input to scores is converted: as much as LiteRT can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from shared.compression.lite.litert import Graph
from shared.contract import Examples, Rows
from shared.loading.batches.preparation import as_tensors
from shared.model.trained_model import TrainedModel
from shared.targets import Target

__all__ = ["SCOPES", "Scope", "ScopedModel"]

Scope = Literal["wire", "rows", "tensors"]
"""Where a converted graph begins: at what a client sends, at decoded rows, at what the network
reads."""

SCOPES: tuple[Scope, ...] = ("wire", "rows", "tensors")
"""The widest first."""


@dataclass(frozen=True)
class ScopedModel:
    """The part of a trained model behind a point.

    Attributes:
        trained: The whole.
        scope: The point.
        target: What its scores are of.
    """

    trained: TrainedModel
    scope: Scope
    target: Target

    @property
    def graph(self) -> Graph:
        """What is converted."""
        return Graph(_specs(self._before), self._parts, self.score)

    def score(self, inputs: Mapping[str, Any]) -> Any:
        """Named tensors -> scores (n, *target.shape), in the dtype in which they are served."""
        values: Any = dict(inputs)
        for part in self._parts:
            values = part(values, training=False)
        return tf.cast(values, self.target.score_dtype)

    def batches(self, examples: Examples) -> Iterator[Rows]:
        """What it is given of a split, batch by batch."""
        size = self.trained.batch_size
        for start in range(0, len(examples), size):
            wire = examples.rows(np.arange(start, min(start + size, len(examples))))
            yield self._inputs(wire)

    @property
    def _parts(self) -> tuple[keras.Model, ...]:
        trained = self.trained
        parts = (trained.decode, trained.preprocess, trained.model)
        return parts[SCOPES.index(self.scope) :]

    @property
    def _before(self) -> keras.Model:
        """The first model of the part, whose inputs are its own."""
        return self._parts[0]

    def _inputs(self, wire: Rows) -> Rows:
        named = set(_specs(self._before))
        if self.scope == "wire":
            return {name: values for name, values in wire.items() if name in named}
        rows = self.trained.decode_rows(wire)
        if self.scope == "tensors":
            tensors = self.trained.preprocess(as_tensors(rows), training=False)
            rows = {name: tensor.numpy() for name, tensor in tensors.items()}
        return {name: values for name, values in rows.items() if name in named}


def _specs(model: keras.Model) -> dict[str, tf.TensorSpec]:
    return {
        tensor.name: tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, name=tensor.name)
        for tensor in sorted(model.inputs, key=lambda tensor: str(tensor.name))
    }
