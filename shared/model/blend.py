"""The deployed model: a network, a baseline, or a convex blend of both.

Classes are blended as probabilities, forecasts as numbers: mean with mean, quantile with quantile
of the same level (Ratcliff 1979: averaging quantiles keeps the family of distributions, where the
mixture would be wider than both).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

import keras
import numpy as np
from keras import ops

from shared.model.named_inputs import reading_by_name
from shared.targets import Categories, Horizon, Target

__all__ = ["LAYERS", "BlendedLogits", "BlendedNumbers", "blend_layer", "blended_model"]


class _Blend(keras.layers.Layer):
    """What both kinds of blend have in common.

    Args:
        weight: Of the network, strictly between 0 and 1.
    """

    def __init__(self, weight: float, **options: Any) -> None:
        super().__init__(**options)
        self.weight = weight

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "weight": self.weight}


@keras.saving.register_keras_serializable(package="plumbline")
class BlendedLogits(_Blend):
    """Logits whose softmax is w · softmax(network) + (1 - w) · softmax(baseline).

    To the logarithm of that mixture, which is normalised, the blend of both free energies is added:
    softmax takes no notice, and a rule that reads the energy of logits still has one to read.
    """

    def call(self, network: Any, baseline: Any) -> Any:
        """Logits (batch, classes) twice -> the same shape."""
        of_network = ops.logsumexp(network, axis=-1, keepdims=True)
        of_baseline = ops.logsumexp(baseline, axis=-1, keepdims=True)
        mixture = ops.logaddexp(
            network - of_network + float(np.log(self.weight)),
            baseline - of_baseline + float(np.log1p(-self.weight)),
        )
        return mixture + self.weight * of_network + (1.0 - self.weight) * of_baseline


@keras.saving.register_keras_serializable(package="plumbline")
class BlendedNumbers(_Blend):
    """w · network + (1 - w) · baseline."""

    def call(self, network: Any, baseline: Any) -> Any:
        """Forecasts (batch, …) twice -> the same shape, original units."""
        return self.weight * network + (1.0 - self.weight) * baseline


LAYERS = {layer.__name__: layer for layer in (BlendedLogits, BlendedNumbers)}
"""By name, for whoever loads a model that may hold one."""


def blend_layer(target: Target, weight: float) -> keras.layers.Layer:
    """The layer that blends scores of a kind of target; `weight` is the network's."""
    match target:
        case Categories():
            return BlendedLogits(weight, dtype=target.score_dtype, name="blend")
        case Horizon():
            return BlendedNumbers(weight, dtype=target.score_dtype, name="blend")
        case _:
            assert_never(target)


def blended_model(
    network: keras.Model, baseline: keras.Model | None, target: Target, weight: float
) -> keras.Model:
    """One model of tensors by name: the network at weight 1, the baseline at 0, else both.

    The network's layers stay at the top level, where `with_last_features` finds them.

    Args:
        network: Tensors -> scores.
        baseline: Tensors -> scores, without weights of its own; None only at weight 1.
        target: What the scores are of.
        weight: Of the network, in [0, 1].
    """
    if baseline is None or weight == 1.0:
        return reading_by_name(network)
    if weight == 0.0:
        return reading_by_name(baseline)
    inputs: dict[str, Any] = {tensor.name: tensor for tensor in network.inputs}
    for tensor in baseline.inputs:
        inputs.setdefault(tensor.name, _input_like(tensor))
    theirs = baseline(_of(baseline, inputs))
    scores = blend_layer(target, weight)(network.output, theirs)
    return keras.Model(list(inputs.values()), scores, name=network.name)


def _input_like(tensor: Any) -> Any:
    return keras.Input(tuple(tensor.shape[1:]), dtype=tensor.dtype, name=tensor.name)


def _of(baseline: keras.Model, inputs: Mapping[str, Any]) -> list[Any]:
    # In the model's own order: Keras sorts the symbols of a dict by name.
    return [inputs[tensor.name] for tensor in baseline.inputs]
