"""A trained model whose weights mean nothing any more, from its output inwards.

Adebayo et al. 2018, section 3.1, cascading. They draw weights anew; here the entries of each weight
change places, which keeps their sizes and needs no initialiser of layers that were loaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from shared.model.trained_model import TrainedModel
from shared.run.artefacts.explanations.checks import RandomisedPart

__all__ = ["randomised"]

_SHARES: dict[RandomisedPart, float] = {
    "output layer": 0.0,
    "half of the network": 0.5,
    "whole network": 1.0,
    "all that was fitted": 1.0,
}
"""Of the network's weights, counted from its output; at least a layer's two. All that was fitted
means what `preprocess` learned too, such as a floor on which the network builds."""
_OF_A_LAYER = 2


@contextmanager
def randomised(model: TrainedModel, part: RandomisedPart, *, seed: int) -> Iterator[None]:
    """Shuffle the weights of a part inside; afterwards the model is as it was.

    Args:
        model: To be spoiled.
        part: Which of its weights.
        seed: Of the shuffling.
    """
    chosen = _weights(model, part)
    before = [weight.numpy() for weight in chosen]
    generator = np.random.default_rng([seed, len(chosen)])
    try:
        for weight, values in zip(chosen, before, strict=True):
            weight.assign(generator.permutation(values.ravel()).reshape(values.shape))
        yield
    finally:
        for weight, values in zip(chosen, before, strict=True):
            weight.assign(values)


def _weights(model: TrainedModel, part: RandomisedPart) -> list[Any]:
    """Keras variables, those nearest to the output first."""
    network = [weight for weight in reversed(model.model.weights) if _can_be_shuffled(weight)]
    count = max(math.ceil(_SHARES[part] * len(network)), _OF_A_LAYER)
    if part != "all that was fitted":
        return network[:count]
    return [*network, *filter(_can_be_shuffled, model.preprocess.weights)]


def _can_be_shuffled(weight: Any) -> bool:
    """Numbers that were learned, and more than one of them: no states of random generators."""
    return "float" in str(weight.dtype) and math.prod(weight.shape) > 1
