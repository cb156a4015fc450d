"""A row's score as a function of which of its segments are kept.

The game that Shapley values divide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.errors import UserError
from shared.targets.predictions import Scores

__all__ = ["Ask", "MaskedScore", "score_together"]

_CHUNK_MASKS = 64

Keep = NDArray[np.bool_]


class MaskedScore:
    """Maps keep (m, segments) bool to answers (m,) float64; each distinct mask is evaluated once.

    Args:
        mask: The segments' mask: keep (m, segments) bool -> m decoded rows.
        scores: Decoded rows (m) -> scores (m, …), of which rows of other games may be part.
        num_segments: Number of segments.
        answer: Scores (m, …) -> what is explained of them, (m,); None if that is what `scores`
            gives.

    Attributes:
        num_segments: Number of segments.
        mask: As given.
        scores: As given.

    Raises:
        UserError: When called: a score is NaN or infinite, which no attribution can be made of.
    """

    def __init__(
        self,
        mask: Callable[[Keep], Rows],
        scores: Callable[[Rows], Scores],
        *,
        num_segments: int,
        answer: Callable[[Scores], NDArray[np.float64]] | None = None,
    ) -> None:
        self.num_segments = num_segments
        self.mask = mask
        self.scores = scores
        self._answer = answer
        self._known: dict[bytes, float] = {}

    @property
    def evaluations(self) -> int:
        """Model evaluations so far, one per distinct mask."""
        return len(self._known)

    def anew(self) -> MaskedScore:
        """The same score with nothing known of it, for a model that has changed."""
        return MaskedScore(
            self.mask, self.scores, num_segments=self.num_segments, answer=self._answer
        )

    def __call__(self, keep: Keep) -> NDArray[np.float64]:
        """Answers (m,) of the row with the segments not kept removed."""
        masks = np.asarray(keep, dtype=np.bool_)
        score_together([Ask(self, masks)])
        found = np.array([self._known[row.tobytes()] for row in masks], dtype=np.float64)
        _require_numbers(found)
        return found

    def all_kept(self) -> float:
        """The score of the unchanged row."""
        return float(self(np.ones((1, self.num_segments), dtype=np.bool_))[0])

    def none_kept(self) -> float:
        """The score of the row with every segment removed."""
        return float(self(np.zeros((1, self.num_segments), dtype=np.bool_))[0])

    def pending(self, keep: Keep) -> list[Keep]:
        """Those masks that were never scored, each once."""
        keyed = {row.tobytes(): row for row in keep}
        return [row for key, row in keyed.items() if key not in self._known]

    def learn(self, keep: Keep, scores: Scores) -> None:
        """Take scores of masks over; what is no number is refused when it is asked for."""
        answers = self.answers(scores).tolist()
        self._known.update(zip([row.tobytes() for row in keep], answers, strict=True))

    def answers(self, scores: Scores) -> NDArray[np.float64]:
        """What is explained of scores, (m,)."""
        found = scores if self._answer is None else self._answer(scores)
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True)
class Ask:
    """Masks of a row that are about to be asked for.

    Attributes:
        score: Of the row.
        keep: (m, segments) bool.
    """

    score: MaskedScore
    keep: Keep


def score_together(asks: Sequence[Ask]) -> None:
    """Score masks of several rows, as many at once as memory allows; each row learns its own.

    A call of a network costs as much for one row as for some, and rows seldom ask for a multiple of
    what it takes at once.

    Args:
        asks: Of rows that are decoded alike and scored by one model.
    """
    pending = [(ask.score, mask) for ask in asks for mask in ask.score.pending(ask.keep)]
    for start in range(0, len(pending), _CHUNK_MASKS):
        _score_chunk(pending[start : start + _CHUNK_MASKS])


def _score_chunk(chunk: Sequence[tuple[MaskedScore, Keep]]) -> None:
    masks: dict[MaskedScore, list[Keep]] = {}
    for score, mask in chunk:
        masks.setdefault(score, []).append(mask)
    parts = [score.mask(np.stack(keep)) for score, keep in masks.items()]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    scores = chunk[0][0].scores(rows)
    start = 0
    for score, keep in masks.items():
        stop = start + len(keep)
        score.learn(np.stack(keep), scores[start:stop])
        start = stop


def _require_numbers(answers: NDArray[np.float64]) -> None:
    if not np.isfinite(answers).all():
        raise UserError(
            "The model's score is NaN or infinite when parts of this row are removed. Look at the"
            " training: a model that diverged can't be explained."
        )
