"""A row's answer as a differentiable function, and which segment owns what in it.

Segments own cells of a tensor by what their removal changes there, so that no domain has to say it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.errors import UserError
from shared.explain.methods.cut import REMAINING, Cut, Place
from shared.explain.questions import Question

__all__ = ["GradientSource", "gradient_source", "path_gradients"]

_CHUNK_MASKS = 32
_CHUNK_POINTS = 64
_OWNED = 0.5
"""Mean share of a cell's change that its strongest segment must cause. In an image it is 1, in a
spectrogram a little less; in logits of a floor, which all segments move, it is a few percent."""


@dataclass(frozen=True)
class GradientSource:
    """One row's answer as a differentiable function.

    Attributes:
        cut: Where the model is differentiated.
        question: What is asked of its scores.
        whole: The row there, one array of a single row for each tensor.
        emptied: The row with every segment removed.
        owners: For each tensor (segments, *cells) float32: the share of each cell that belongs to
            each segment; sums to 1, or 0 where no segment changes the cell.
        background: Reads rows of the training split, at the same place.
        image_px: Height and width of the canvas; None if it is no image.
    """

    cut: Cut
    question: Question
    whole: Place
    emptied: Place
    owners: Sequence[NDArray[np.float32]]
    background: Callable[[], Place]
    image_px: tuple[int, int] | None

    def answers(self, places: Place) -> NDArray[np.float64]:
        """Rows at the place -> answers (n,)."""
        return self.cut.answers(self.question, places)

    def last_maps(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """As `Cut.last_maps` has them of the row."""
        return self.cut.last_maps(self.question, self.whole)

    def by_segment(self, cells: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Attributions of cells (n, *cells) of each tensor -> (n, segments)."""
        parts = [
            values.reshape(len(values), -1) @ owner.reshape(len(owner), -1).T
            for owner, values in zip(self.owners, cells, strict=True)
        ]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def gradient_source(
    cut: Cut,
    question: Question,
    row: Rows,
    segments: Segments,
    *,
    visible: NDArray[np.bool_],
    background: Callable[[], Rows],
) -> GradientSource:
    """The place of differentiation of one row.

    Args:
        cut: Of the run's model.
        question: What is explained.
        row: One decoded row.
        segments: Of the row.
        visible: Which of them take part.
        background: Decoded rows of the training split.

    Raises:
        UserError: The network has no gradient that could be shared among the segments.
    """
    whole = cut.read(row)
    nothing = np.zeros((1, len(segments.names)), dtype=np.bool_)
    canvas = segments.canvas
    height, width = canvas.shape[:2] if canvas.ndim == 3 else (0, 0)
    return GradientSource(
        cut,
        question,
        whole,
        cut.read(segments.mask(nothing)),
        _all_owners(cut, segments, visible, whole),
        background=lambda: cut.read(background()),
        image_px=(height, width) if height else None,
    )


def path_gradients(
    source: GradientSource,
    baselines: Sequence[NDArray[np.float32]],
    positions: NDArray[np.float64],
    *,
    a_line: int = 1,
) -> NDArray[np.float64]:
    """(x − x₀) · ∂f/∂x at one point of each line from a baseline x₀ to the row x, by segment.

    Args:
        source: Of the row.
        baselines: Tensors of n baselines.
        positions: (n,) in [0, 1]: where on each line, 0 at its baseline.
        a_line: So many points that follow each other are averaged; divides n.

    Returns:
        (n / a_line, segments) float64.
    """
    step = max(_CHUNK_POINTS // a_line, 1) * a_line
    found = []
    for start in range(0, len(positions), step):
        chunk = slice(start, start + step)
        starts = [part[chunk] for part in baselines]
        cells = _on_lines(source, starts, positions[chunk])
        # Segments share out sums of cells: averaged first, as there are far fewer means than points
        means = [one.reshape(-1, a_line, *one.shape[1:]).mean(axis=1) for one in cells]
        found.append(source.by_segment(means))
    return np.concatenate(found)


def _on_lines(
    source: GradientSource, baselines: Place, positions: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """(x − x₀) · ∂f/∂x, (n, *cells) of each tensor."""
    ways = [whole - start for whole, start in zip(source.whole, baselines, strict=True)]
    points = [
        start + positions.reshape(-1, *[1] * (way.ndim - 1)).astype(np.float32) * way
        for start, way in zip(baselines, ways, strict=True)
    ]
    slopes = source.cut.gradients(source.question, points)
    return [slope.astype(np.float64) * way for slope, way in zip(slopes, ways, strict=True)]


def _all_owners(
    cut: Cut, segments: Segments, visible: NDArray[np.bool_], whole: Place
) -> list[NDArray[np.float32]]:
    """As `GradientSource.owners`, from what the removal of each visible segment changes."""
    without = ~np.eye(len(visible), dtype=np.bool_)[visible]
    chunks = [
        cut.read(segments.mask(without[start : start + _CHUNK_MASKS]))
        for start in range(0, len(without), _CHUNK_MASKS)
    ]
    changed = [np.concatenate(parts) for parts in zip(*chunks, strict=True)]
    return [_owners(values, own) for values, own in zip(changed, whole, strict=True)]


def _owners(without: NDArray[np.float32], whole: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shares of each cell's change that the removal of each segment causes, (segments, *cells)."""
    changes = np.abs(without - whole)
    total = changes.sum(axis=0)
    is_changed = total > 0.0
    owners = np.divide(changes, total, out=np.zeros_like(changes), where=is_changed)
    if is_changed.any() and float(owners.max(axis=0)[is_changed].mean()) < _OWNED:
        raise UserError(
            "The deployed model reads numbers that every segment moves at once, such as the logits"
            f" of its floor: no gradient there belongs to a segment. {REMAINING}"
        )
    return np.asarray(owners, dtype=np.float32)
