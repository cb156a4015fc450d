"""What `preprocess` makes of a row on its way, where that is worth an answer of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contract.served.segments import Described

__all__ = ["ServedTensor", "serves_no_tensors"]


@dataclass(frozen=True)
class ServedTensor:
    """What an endpoint of its own answers, from the same wire inputs as the others.

    Attributes:
        layer: Name of the layer of `preprocess` whose one output it is, (batch, …) float.
        output: Its name in the answer.
        described: What it says.
    """

    layer: str
    output: str
    described: Described


def serves_no_tensors(config: Any) -> Mapping[str, ServedTensor]:
    """The answer of a pipeline whose graph answers with predictions alone."""
    del config
    return {}
