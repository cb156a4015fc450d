"""A row's score as a function of which of its segments are kept.

The game that Shapley values divide.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.errors import UserError

__all__ = ["MaskedScore"]


class MaskedScore:
    """Maps keep (m, segments) bool to scores (m,) float64; each distinct mask is evaluated once.

    Args:
        mask: The segments' mask: keep (m, segments) bool -> m decoded rows.
        score: Decoded rows (m) -> explained scores (m,) float64.
        num_segments: Number of segments.
        chunk_size: Most rows that are made and scored at once; bounds memory.

    Attributes:
        evaluations: Model evaluations so far, one per distinct mask.

    Raises:
        UserError: When called: a score is NaN or infinite, which no attribution can be made of.
    """

    def __init__(
        self,
        mask: Callable[[NDArray[np.bool_]], Rows],
        score: Callable[[Rows], NDArray[np.float64]],
        *,
        num_segments: int,
        chunk_size: int = 64,
    ) -> None:
        self.num_segments = num_segments
        self._mask = mask
        self._score = score
        self._chunk_size = chunk_size
        self._known: dict[bytes, float] = {}

    @property
    def evaluations(self) -> int:
        """Model evaluations so far."""
        return len(self._known)

    def anew(self) -> MaskedScore:
        """The same score with nothing known of it, for a model that has changed."""
        return MaskedScore(
            self._mask,
            self._score,
            num_segments=self.num_segments,
            chunk_size=self._chunk_size,
        )

    def __call__(self, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Scores (m,) of the row with the segments not kept removed."""
        keep = np.asarray(keep, dtype=np.bool_)
        keys = [row.tobytes() for row in keep]
        new = {key: row for key, row in zip(keys, keep, strict=True) if key not in self._known}
        pending = list(new.items())
        for start in range(0, len(pending), self._chunk_size):
            chunk = pending[start : start + self._chunk_size]
            scores = self._score(self._mask(np.stack([row for _, row in chunk])))
            _require_numbers(scores)
            self._known.update(zip([key for key, _ in chunk], scores.tolist(), strict=True))
        return np.array([self._known[key] for key in keys], dtype=np.float64)

    def all_kept(self) -> float:
        """The score of the unchanged row."""
        return float(self(np.ones((1, self.num_segments), dtype=np.bool_))[0])

    def none_kept(self) -> float:
        """The score of the row with every segment removed."""
        return float(self(np.zeros((1, self.num_segments), dtype=np.bool_))[0])


def _require_numbers(scores: NDArray[np.float64]) -> None:
    if not np.isfinite(scores).all():
        raise UserError(
            "The model's score is NaN or infinite when parts of this row are removed. Look at the"
            " training: a model that diverged can't be explained."
        )
