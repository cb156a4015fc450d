"""Several networks that learnt the same from other seeds, averaged into one (deep ensembles).

Classes are averaged as probabilities, forecasts as numbers: mean with mean, quantile with quantile
of the same level, as `shared.model.blend` argues (Lakshminarayanan et al. 2017, section 2.4, take
the mixture of all, whose mean is the same).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import keras
import numpy as np
from keras import ops

from shared.floors.scores import FeaturesBeside
from shared.model.last_features import with_last_features
from shared.targets import Categories, Horizon, Target

__all__ = ["LAYERS", "MeanOfLogits", "MeanOfNumbers", "averaged_network", "find_spread"]


@keras.saving.register_keras_serializable(package="plumbline")
class MeanOfLogits(keras.layers.Layer):
    """Logits whose softmax is the mean of the softmaxes of several, and how far these are apart.

    The mean of the free energies is added, as by `BlendedLogits` and for its reason.
    """

    def call(self, members: list[Any]) -> tuple[Any, Any]:
        """Logits (batch, classes), several times -> the same shape, and spreads (batch,) in nats.

        The spread is the mutual information of class and member (Depeweg et al. 2018, eq. 6): the
        entropy of the mean less the mean of the entropies, here as the mean divergence from the
        mean, which loses no digits where members agree. From 0 to the logarithm of the classes.
        """
        logits = ops.stack(members, axis=1)  # (batch, members, classes)
        energies = ops.logsumexp(logits, axis=2, keepdims=True)
        each = logits - energies
        mixture = ops.logsumexp(each, axis=1) - float(np.log(len(members)))
        divergences = ops.sum(ops.exp(each) * (each - mixture[:, None]), axis=2)
        spread = ops.maximum(ops.mean(divergences, axis=1), 0.0)
        return mixture + ops.mean(energies, axis=1), spread


@keras.saving.register_keras_serializable(package="plumbline")
class MeanOfNumbers(keras.layers.Layer):
    """The mean of several forecasts, and how far these are apart."""

    def call(self, members: list[Any]) -> tuple[Any, Any]:
        """Forecasts (batch, …, levels), several times -> the same shape, and spreads (batch, …).

        The spread is the standard deviation of the members' expected values, which are the first
        level. Both in original units.
        """
        stacked = ops.stack(members, axis=1)  # (batch, members, …, levels)
        return ops.mean(stacked, axis=1), ops.std(stacked[..., 0], axis=1)


LAYERS = {layer.__name__: layer for layer in (MeanOfLogits, MeanOfNumbers)}
"""By name, for whoever loads a model that may hold one."""


def averaged_network(networks: Sequence[keras.Model], target: Target) -> keras.Model:
    """One network of tensors by name: the mean of several that have the same inputs.

    Its last features are those of the first one, told by `FeaturesBeside`: features of all would be
    so many times as long, and their covariance takes the square of that.

    Args:
        networks: At least one; a single one is returned as it is.
        target: What they predict.
    """
    first = networks[0]
    if len(networks) == 1:
        return first
    inputs = {
        tensor.name: keras.Input(tuple(tensor.shape[1:]), dtype=tensor.dtype, name=tensor.name)
        for tensor in first.inputs
    }
    told = with_last_features(first)
    parts = [first if told is None else told, *networks[1:]]
    # In the models' own order: Keras sorts the symbols of a dict by name.
    ordered = [inputs[tensor.name] for tensor in first.inputs]
    outputs = [_named(part, number)(ordered) for number, part in enumerate(parts, start=1)]
    features = None
    if told is not None:
        outputs[0], features = outputs[0]
    scores, _ = _mean_layer(target)(outputs)
    if features is not None:
        scores = FeaturesBeside(dtype=target.score_dtype)(scores, features)
    return keras.Model(list(inputs.values()), scores, name=first.name)


def find_spread(model: keras.Model) -> Any:
    """The tensor of the members' spread in an average, alone or blended; None in any other."""
    kinds = (MeanOfLogits, MeanOfNumbers)
    means = [layer for layer in model.layers if isinstance(layer, kinds)]
    return means[0].output[1] if means else None


def _named(network: keras.Model, number: int) -> keras.Model:
    """A part of a model, whose name no other part has; its inputs are a list."""
    return keras.Model(list(network.inputs), network.output, name=f"member_{number}")


def _mean_layer(target: Target) -> keras.layers.Layer:
    match target:
        case Categories():
            return MeanOfLogits(dtype=target.score_dtype, name="members")
        case Horizon():
            return MeanOfNumbers(dtype=target.score_dtype, name="members")
        case _:
            assert_never(target)
