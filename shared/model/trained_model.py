"""A run's trained model as one callable from wire or decoded rows to scores and features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
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
from shared.model.members import find_spread
from shared.run.context import StageContext
from shared.run.files import MODEL, NETWORK, PREPROCESS
from shared.targets.predictions import Scores

__all__ = ["Answers", "AnySize", "TrainedModel", "load_network", "load_trained_model"]

_LAYERS = {**blend.LAYERS, **members.LAYERS}
"""Those that a trained model may have besides the layers of its pipeline."""


@dataclass(frozen=True)
class Answers:
    """What a model says of some rows.

    Attributes:
        scores: (n, *target.shape).
        features: (n, features) float32: what the network's last dense layer sees; None if it has
            none.
        spreads: (n, …): how far the members of an average are apart, as `shared.model.members` has
            it; None without members.
    """

    scores: Scores
    features: NDArray[np.float32] | None = None
    spreads: Scores | None = None

    @classmethod
    def joined(cls, each: Sequence[Answers]) -> Answers:
        """All rows of several answers of one model, one after the other."""
        columns = {field.name: [getattr(one, field.name) for one in each] for field in fields(cls)}
        present = {name: values for name, values in columns.items() if values[0] is not None}
        return cls(**{name: np.concatenate(values) for name, values in present.items()})


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

    def prepare_rows(self, rows: Rows) -> dict[str, NDArray[Any]]:
        """Decoded rows, all at once -> what the network is given."""
        return {name: value.numpy() for name, value in self._prepare(as_tensors(rows)).items()}

    def inside(self, layer: str) -> keras.Model:
        """Decoded rows -> the output of a layer of `preprocess`."""
        return keras.Model(self.preprocess.input, self.preprocess.get_layer(layer).output)

    def score_rows(self, rows: Rows) -> Scores:
        """Decoded rows -> scores (n, *target.shape)."""
        return np.concatenate(
            [self._score(as_tensors(chunk)).numpy() for chunk in self._chunks(rows)]
        )

    def answer_rows(self, rows: Rows) -> Answers:
        """Decoded rows -> scores, features and spreads, in one pass."""
        chunks = [self._answer(as_tensors(chunk)) for chunk in self._chunks(rows)]
        return Answers.joined(
            [Answers(**{name: value.numpy() for name, value in chunk.items()}) for chunk in chunks]
        )

    def score_wire(self, wire: Rows) -> Scores:
        """Wire batch -> scores (n, *target.shape)."""
        return self.score_rows(self.decode_rows(wire))

    # Compiled once per model, not once per call.
    @cached_property
    def _decode(self) -> AnySize:
        return AnySize(lambda inputs: self.decode(inputs, training=False))

    @cached_property
    def _prepare(self) -> AnySize:
        return AnySize(lambda inputs: self.preprocess(inputs, training=False))

    @cached_property
    def _score(self) -> AnySize:
        return AnySize(
            lambda inputs: self.model(self.preprocess(inputs, training=False), training=False)
        )

    @cached_property
    def with_features(self) -> keras.Model | None:
        """The network with its features as a second output; None if it has none."""
        return with_last_features(self.model)

    def tell(self, tensors: Any, *, features: bool = True) -> dict[str, Any]:
        """Tensors -> what `Answers` has of them, by the names of its attributes.

        Args:
            tensors: What `preprocess` gives.
            features: Whether features are asked for.
        """
        names = ["scores"]
        network = self.model
        if features and self.with_features is not None:
            names.append("features")
            network = self.with_features
        spread = find_spread(self.model)
        if spread is not None:
            names.append("spreads")
            network = keras.Model(network.input, (*network.outputs, spread))
        outputs = network(tensors, training=False)
        told = dict(zip(names, outputs if len(names) > 1 else [outputs], strict=True))
        if "features" in told:
            told["features"] = pool_features(told["features"])
        return told

    @cached_property
    def _answer(self) -> AnySize:
        return AnySize(lambda inputs: self.tell(self.preprocess(inputs, training=False)))

    def _chunks(self, rows: Rows) -> Iterator[Rows]:
        num_rows = len(next(iter(rows.values())))
        for start in range(0, num_rows, self.batch_size):
            yield {name: values[start : start + self.batch_size] for name, values in rows.items()}


class AnySize:
    """Compiles a function of named tensors once, whatever the size of its batches.

    TensorFlow alone would compile it for the first batch, and again as soon as one is smaller. What
    is compiled is written in operations: translating Python's ifs and loops, as TensorFlow does if
    asked, would cost as long as tracing, and find none.
    """

    def __init__(self, call: Callable[[dict[str, tf.Tensor]], Any]) -> None:
        self._function = tf.function(call, reduce_retracing=True, autograph=False)
        self._is_traced = False

    def __call__(self, inputs: Mapping[str, tf.Tensor]) -> Any:
        """What the function gives for (batch, …) tensors."""
        tensors = dict(inputs)
        if not self._is_traced:
            specs = {
                name: tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)
                for name, tensor in tensors.items()
            }
            self._function.get_concrete_function(specs)
            self._is_traced = True
        return self._function(tensors)


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
