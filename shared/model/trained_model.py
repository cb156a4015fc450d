"""A run's trained model as one callable from wire or decoded rows to scores and features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Deferred, ModelOfFamily, Rows
from shared.loading.batches.preparation import as_tensors
from shared.model import blend, members
from shared.model.last_features import pool_features, with_last_features
from shared.run.context import StageContext
from shared.run.files import MODEL, NETWORK, PREPROCESS
from shared.targets.predictions import Scores

__all__ = ["Answers", "TrainedModel", "load_network", "load_trained_model"]

_LAYERS = {**blend.LAYERS, **members.LAYERS}
"""Those that a trained model may have besides the layers of its pipeline."""


@dataclass(frozen=True)
class Answers:
    """What a model says of some rows.

    Attributes:
        scores: (n, *target.shape).
        features: (n, features) float32: what the network's last dense layer sees; None if it has
            none.
    """

    scores: Scores
    features: NDArray[np.float32] | None


@dataclass(frozen=True)
class TrainedModel:
    """Decode, preprocess and model of one run.

    Attributes:
        decode: Wire batch -> decoded row.
        preprocess: Decoded row -> tensors.
        model: Tensors -> scores.
        batch_size: Rows per call. A row's scores depend on it, and on the rows beside it, by
            rounding only: by at most 1e-4 of the largest score, to which every pipeline is held.
    """

    decode: keras.Model
    preprocess: keras.Model
    model: keras.Model
    batch_size: int = 64

    def decode_rows(self, wire: Rows) -> Rows:
        """Decode a wire batch into rows (NumPy)."""
        chunks = [self._decode(as_tensors(chunk)) for chunk in self._chunks(wire)]
        return {
            name: np.concatenate([chunk[name].numpy() for chunk in chunks]) for name in chunks[0]
        }

    def score_rows(self, rows: Rows) -> Scores:
        """Decoded rows -> scores (n, *target.shape)."""
        return np.concatenate(
            [self._score(as_tensors(chunk)).numpy() for chunk in self._chunks(rows)]
        )

    def answer_rows(self, rows: Rows) -> Answers:
        """Decoded rows -> scores and features, in one pass."""
        if self.with_features is None:
            return Answers(self.score_rows(rows), None)
        answers = [self._answer(as_tensors(chunk)) for chunk in self._chunks(rows)]
        return Answers(
            scores=np.concatenate([scores.numpy() for scores, _ in answers]),
            features=np.concatenate([features.numpy() for _, features in answers]),
        )

    def score_wire(self, wire: Rows) -> Scores:
        """Wire batch -> scores (n, *target.shape)."""
        return self.score_rows(self.decode_rows(wire))

    # Compiled once per model, not once per call.
    @cached_property
    def _decode(self) -> Any:
        return tf.function(
            lambda inputs: self.decode(inputs, training=False), reduce_retracing=True
        )

    @cached_property
    def _score(self) -> Any:
        return tf.function(
            lambda inputs: self.model(self.preprocess(inputs, training=False), training=False),
            reduce_retracing=True,
        )

    @cached_property
    def with_features(self) -> keras.Model | None:
        """The network with its features as a second output; None if it has none."""
        return with_last_features(self.model)

    @cached_property
    def _answer(self) -> Any:
        network: Any = self.with_features

        def answer(inputs: Any) -> tuple[Any, Any]:
            scores, features = network(self.preprocess(inputs, training=False), training=False)
            return scores, pool_features(features)

        return tf.function(answer, reduce_retracing=True)

    def _chunks(self, rows: Rows) -> Iterator[Rows]:
        num_rows = len(next(iter(rows.values())))
        for start in range(0, num_rows, self.batch_size):
            yield {name: values[start : start + self.batch_size] for name, values in rows.items()}


def load_trained_model(context: StageContext) -> TrainedModel:
    """Load the model that the train stage wrote."""
    pipeline = context.pipeline
    for part in (pipeline.decode, pipeline.preprocess, pipeline.model, pipeline.baselines):
        # Importing its module registers the layers that it uses, which Keras could not find else.
        if isinstance(part, Deferred):
            part.resolve()
        elif isinstance(part, ModelOfFamily):
            part.chosen(context.config).build.resolve()
    return TrainedModel(
        decode=context.pipeline.decode(context.config),
        preprocess=keras.saving.load_model(context.run.require(PREPROCESS)),
        model=keras.saving.load_model(context.run.require(MODEL), _LAYERS, compile=False),
        batch_size=context.config.train.batch_size,
    )


def load_network(context: StageContext) -> keras.Model:
    """Load the network alone, whatever is deployed; `load_trained_model` comes before it."""
    network: keras.Model = keras.saving.load_model(
        context.run.require(NETWORK), _LAYERS, compile=False
    )
    return network
