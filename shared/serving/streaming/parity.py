"""The proof that a stream says at the end of a row what the whole row gets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shared.contract import ServedStream
from shared.run.artefacts.parity_file import NumberParity
from shared.serving.saved_model import SavedModel
from shared.serving.streaming.client import hear_pieces
from shared.serving.streaming.endpoint import STREAM
from shared.targets.predictions import Scores

__all__ = ["measure_stream", "pieces_of"]

_TOLERANCE = 1e-5
"""Of the largest score: a stream computes the same sums, frame by frame."""
_NUM_CUTS = 3
_SEED = 0


def measure_stream(
    saved: SavedModel, stream: ServedStream, rows: NDArray[np.float32], scores: Scores
) -> NumberParity:
    """Send rows whole, then cut in pieces at random, and compare what their last step gets.

    Args:
        saved: The reloaded SavedModel.
        stream: Its stream.
        rows: (n, values) decoded rows.
        scores: (n, classes): the Keras path's scores of them.
    """
    generator = np.random.default_rng(_SEED)
    cuts = [[rows], *(list(pieces_of(rows, stream.step, generator)) for _ in range(_NUM_CUTS))]
    answers = [
        hear_pieces(lambda sent: saved(sent, signature=STREAM), stream, cut)["scores"][:, -1]
        for cut in cuts
    ]
    difference = float(np.max([np.abs(answer - scores).max() for answer in answers]))
    tolerance = _TOLERANCE * float(np.abs(scores).max())
    return NumberParity(
        max_abs_difference=float(f"{difference:.3g}"),
        tolerance=float(f"{tolerance:.3g}"),
        passed=difference <= tolerance,
    )


def pieces_of(
    rows: NDArray[np.float32], step: int, generator: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """Rows (n, values) cut at random places: pieces of nothing up to three steps."""
    start = 0
    while start < rows.shape[1]:
        end = start + int(generator.integers(0, 3 * step + 1))
        yield rows[:, start:end]
        start = end
