"""Small games with known answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.errors import UserError
from shared.explain.attention.attended import Attended
from shared.explain.game.masked_score import MaskedScore
from shared.explain.methods.attribution import AttributionTask
from shared.explain.methods.gradients import GradientSource

Game = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def strip_spans(num_segments: int) -> NDArray[np.float64]:
    """One axis, one cell per segment."""
    starts = np.arange(num_segments, dtype=np.float64)
    return np.stack([starts, starts + 1.0], axis=-1)[:, None, :]


def grid_spans(rows: int, columns: int, cell: float = 1.0) -> NDArray[np.float64]:
    """Two axes, row by row."""
    row, column = (index.ravel().astype(np.float64) for index in np.mgrid[0:rows, 0:columns])
    return (
        np.stack(
            [np.stack([row, row + 1.0], axis=-1), np.stack([column, column + 1.0], axis=-1)], axis=1
        )
        * cell
    )


def masked_score(
    game: Game, num_segments: int, *, mask: Callable[[NDArray[np.bool_]], Rows] | None = None
) -> MaskedScore:
    """A game over keep vectors as numbers."""
    return MaskedScore(
        mask or (lambda keep: {"keep": keep.astype(np.float64)}),
        lambda rows: game(rows["keep"]),
        num_segments=num_segments,
    )


def game_task(score: MaskedScore, budget: int, seed: int = 0) -> AttributionTask:
    """A game has no network behind it, so no gradient."""

    def source() -> GradientSource:
        raise UserError("A game has no gradient.")

    def attended() -> Attended:
        raise UserError("A game has no attention.")

    spans = strip_spans(score.num_segments)
    return AttributionTask(score, spans, budget, 0.95, seed, source, attended)
