"""One attribution with the game that it was found in, and what can be measured of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.explain.faithfulness import Curve, additivity_error, in_units_of_range, removal
from shared.explain.masked_score import MaskedScore
from shared.explain.methods.attribution import Attribution
from shared.explain.questions import Question, probability
from shared.run.artefacts.explanations_file import RemovalCurve

__all__ = ["Found", "additivity_of", "removal_numbers"]


@dataclass(frozen=True)
class Found:
    """What was found of one row.

    Attributes:
        row: The decoded row.
        segments: All of its segments.
        question: What was asked.
        score: The answer as a function of which visible segments are kept.
        attribution: What each visible segment contributes to it.
    """

    row: Rows
    segments: Segments
    question: Question
    score: MaskedScore
    attribution: Attribution

    def emptied(self) -> Rows:
        """The row with every segment removed."""
        return self.segments.mask(np.zeros((1, len(self.segments.names)), dtype=np.bool_))


def additivity_of(found: Found) -> float | None:
    """How far the values are from the sum that their method promises.

    None for a method that promises none, or whose values keep it whatever the model does.
    """
    promised = found.attribution.should_sum_to
    if promised is None:
        return None
    start = found.score.all_kept() - promised
    values = found.attribution.values
    return additivity_error(values, all_kept=found.score.all_kept(), none_kept=start)


def removal_numbers(found: Found, *, seed: int) -> dict[str, Any]:
    """Deletion and insertion as `ExplainedRow` has them, of the probability where there is one.

    Not of log-odds: a model may be moved far in them where no probability follows.
    """

    def answers(keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        scores = found.score(keep)
        shares = probability(found.question, scores)
        return scores if shares is None else shares

    measured = removal(answers, found.attribution.values, seed=seed)
    in_range = in_units_of_range(measured)
    has_probability = probability(found.question, measured.share) is not None
    curves = measured if has_probability else in_range
    if curves is None:
        names = [f"{name}_{part}" for name in ("deletion", "insertion") for part in _PARTS]
        return dict.fromkeys(names)
    share = curves.share
    deletion = _numbers("deletion", share, curves.deletion, sign=-1.0)
    return deletion | _numbers("insertion", share, curves.insertion, sign=1.0)


_PARTS = ("auc", "auc_random", "gain", "curve")


def _numbers(name: str, share: NDArray[np.float64], curve: Curve, *, sign: float) -> dict[str, Any]:
    drawn = RemovalCurve(
        share=tuple(share.tolist()),
        informed=tuple(curve.informed.tolist()),
        random=tuple(curve.random.tolist()),
    )
    gain = sign * (curve.area - curve.random_area)
    numbers = (curve.area, curve.random_area, gain, drawn)
    return {f"{name}_{part}": number for part, number in zip(_PARTS, numbers, strict=True)}
