"""A stream as a client asks it: pieces in, scores out, the state carried from call to call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import ServedStream
from shared.serving.streaming.endpoint import SIGNAL, STATE, first_state

__all__ = ["StreamedScores", "hear_pieces"]

StreamedScores = dict[str, NDArray[np.float32]]
"""`scores` and `probabilities`, (rows, steps, classes) each."""


def hear_pieces(
    ask: Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]],
    stream: ServedStream,
    pieces: Iterable[NDArray[np.float32]],
) -> StreamedScores:
    """Send the pieces of a signal one after the other, from its beginning.

    Args:
        ask: Named inputs -> named outputs of the endpoint `stream`.
        stream: Says how it begins.
        pieces: (rows, any) each, at least one; their lengths do not matter.
    """
    state: Mapping[str, NDArray[Any]] = {}
    told: dict[str, list[NDArray[np.float32]]] = {"scores": [], "probabilities": []}
    for piece in pieces:
        answer = ask({SIGNAL: piece, **(state or first_state(stream, len(piece)))})
        state = {name: values for name, values in answer.items() if name.startswith(STATE)}
        for name, values in told.items():
            values.append(answer[name])
    return {name: np.concatenate(values, axis=1) for name, values in told.items()}
