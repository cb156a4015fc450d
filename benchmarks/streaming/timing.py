"""How long a step takes on one core, one step a call, as a device would ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import ServedStream
from shared.serving.streaming.endpoint import SIGNAL, STATE, first_state

__all__ = ["describe_times", "time_steps"]

_WARM_UP = 20

Ask = Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]


def time_steps(ask: Ask, stream: ServedStream, num_steps: int) -> NDArray[np.float64]:
    """Milliseconds of each step, without the first ones.

    Args:
        ask: The endpoint.
        stream: Says how it begins.
        num_steps: As many are timed.
    """
    generator = np.random.default_rng(0)
    state: Mapping[str, NDArray[Any]] = first_state(stream, 1)
    taken = []
    for _ in range(num_steps + _WARM_UP):
        piece = generator.normal(0.0, 0.01, (1, stream.step)).astype(np.float32)
        start = time.perf_counter()
        answer = ask({SIGNAL: piece, **state})
        taken.append(1000.0 * (time.perf_counter() - start))
        state = {name: values for name, values in answer.items() if name.startswith(STATE)}
    return np.asarray(taken[_WARM_UP:])


def describe_times(name: str, taken: NDArray[np.float64], stream: ServedStream) -> str:
    """A row of the table: p50, p95, and the median as a share of what a step lasts."""
    p50, p95 = np.percentile(taken, [50, 95])
    share = p50 / (1000.0 * stream.step_seconds)
    return f"| {name} | {p50:.2f} ms | {p95:.2f} ms | {share:.3f} |"
