"""How far two sets of answers are apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Difference", "compare"]

Answers = Mapping[str, Mapping[str, NDArray[Any]]]
"""Endpoint -> output -> (n, …)."""


_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Difference:
    """What is different.

    Attributes:
        relative: Largest difference of two numbers, as a share of their output's largest magnitude.
        num_decisions: Texts and whole numbers that are not the same.
    """

    relative: float
    num_decisions: int

    def __str__(self) -> str:
        decisions = f", {self.num_decisions} decisions" if self.num_decisions else ""
        return f"{self.relative:.1e}{decisions}" if self.relative else f"0{decisions}"


def compare(expected: Answers, received: Answers) -> Difference:
    """Over all outputs of all endpoints.

    Raises:
        ValueError: One side answers with other outputs, or another shape.
    """
    relative, num_decisions = 0.0, 0
    for endpoint, outputs in expected.items():
        if outputs.keys() != received[endpoint].keys():
            raise ValueError(f"{endpoint}: {sorted(outputs)}, {sorted(received[endpoint])}")
        for name, values in outputs.items():
            other = received[endpoint][name]
            if values.shape != other.shape:
                raise ValueError(f"{endpoint}/{name}: {values.shape}, {other.shape}")
            if values.dtype.kind == "f":
                relative = max(relative, _relative(values, other))
            else:
                num_decisions += int((values != other).sum())
    return Difference(relative, num_decisions)


def _relative(values: NDArray[Any], other: NDArray[Any]) -> float:
    both_missing = np.isnan(values) & np.isnan(other)
    apart = np.abs(values.astype(np.float64) - other)[~both_missing]
    if apart.size == 0:
        return 0.0
    largest = float(np.nanmax(np.abs(values)))
    worst = float(np.max(apart))  # NaN, where only one side is, stays
    return np.inf if np.isnan(worst) else worst / max(largest, _TINY)
