"""Which wire items the served graph must refuse, and in which words.

What keeps a user's mistake from becoming an answer must hold wherever the model answers. A rule is
therefore TensorFlow in, words out, and the graph that carries it is the one that `predict` asks.
Reading may refuse more: what only a file can have wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.contract.sources import Rows

__all__ = [
    "NOT_FINITE",
    "UNDECODABLE",
    "Refusal",
    "no_refusals",
    "no_unusable_items",
]

Refusal = Callable[[Mapping[str, Any]], Any]
"""Wire tensors with a batch axis -> (batch,) string: half a sentence why an item can't be used, ""
if nothing is wrong with it. Each item by itself, with work in proportion to its size, whatever its
header says."""

UNDECODABLE = "its data is truncated or damaged"
"""The error of an item that passes the rules and that `decode` can't read."""

NOT_FINITE = "the model's answer is not a finite number"
"""The error of an item of which the model makes NaN or infinity."""


def no_refusals(config: Any) -> tuple[Refusal, ...]:
    """The rules of a pipeline that leaves refusing to `decode`."""
    del config
    return ()


def no_unusable_items(config: Any) -> Mapping[str, Rows]:
    """The examples of a pipeline that names none."""
    del config
    return {}
