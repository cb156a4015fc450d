"""What the attention layers of a network do while it reads rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

__all__ = ["Look", "has_attention", "record_looks"]

_MEMBER = re.compile(r"member_\d+")
"""Names of the networks that an average holds, as `shared.model.members` gives them."""


@dataclass(frozen=True)
class Look:
    """What one network of a model looked at; an average has several.

    Attributes:
        tokens: (rows, tokens, width) float32: what its first attention reads.
        layers: Of each layer, from the input on, (rows, heads, tokens, tokens) float32: how much
            of each token (last axis) each token took; sums to 1 over the last axis.
    """

    tokens: NDArray[np.float32]
    layers: tuple[NDArray[np.float32], ...]


@dataclass
class _Recorder:
    """Fills while the network runs."""

    tokens: list[Any] = field(default_factory=list)
    layers: list[Any] = field(default_factory=list)


def has_attention(network: keras.Model) -> bool:
    """Whether anything in it, at any depth, attends."""
    return bool(_attention_layers(network))


def record_looks(network: keras.Model, inputs: Any) -> list[Look]:
    """Run rows through a network and tell what its self-attention did.

    Layers that look at other tokens than those that ask, as a decoder's, are left out.

    Args:
        network: Of any make, as long as `keras.layers.MultiHeadAttention` attends in it.
        inputs: What it reads.
    """
    owners = [layer for layer in network._flatten_layers() if _MEMBER.fullmatch(layer.name)]
    recorders = []
    with ExitStack() as stack:
        for owner in owners or [network]:
            recorder = _Recorder()
            recorders.append(recorder)
            for layer in _attention_layers(owner):
                stack.enter_context(_recorded(layer, recorder))
        network(inputs, training=False)
    return [_look(recorder) for recorder in recorders if recorder.layers]


def _look(recorder: _Recorder) -> Look:
    layers = tuple(np.asarray(one, dtype=np.float32) for one in recorder.layers)
    return Look(np.asarray(recorder.tokens[0], dtype=np.float32), layers)


def _attention_layers(part: keras.layers.Layer) -> Sequence[keras.layers.Layer]:
    found = part._flatten_layers()
    return [layer for layer in found if isinstance(layer, keras.layers.MultiHeadAttention)]


@contextmanager
def _recorded(layer: Any, recorder: _Recorder) -> Iterator[None]:
    """A layer that tells its scores; afterwards as it was.

    Its `call` is wrapped, as layers of KerasHub hold attention inside, where no functional model
    reaches it. Asked for scores, Keras does not take its fused kernel: the numbers are the same up
    to rounding.
    """
    plain = layer.call

    def call(query: Any, value: Any, *args: Any, **options: Any) -> Any:
        wants_scores = options.pop("return_attention_scores", False)
        output, scores = plain(query, value, *args, return_attention_scores=True, **options)
        if scores.shape[-1] == scores.shape[-2]:
            recorder.tokens.append(query)
            recorder.layers.append(scores)
        return (output, scores) if wants_scores else output

    layer.call = call
    try:
        yield
    finally:
        del layer.call
