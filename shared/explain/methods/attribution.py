"""What every method of explanation receives and returns, and when an explanation is settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.config import ExplainMethod
from shared.errors import UserError
from shared.explain.attention.attended import Attended
from shared.explain.game.masked_score import MaskedScore
from shared.explain.game.together import Steps
from shared.explain.methods.gradients import GradientSource

__all__ = ["Attribution", "AttributionTask", "Method", "is_settled", "require_evaluations"]

_STRONGEST = 3
"""Segments that a reader looks at first."""
_SETTLED_SHARE = 0.25
"""Of the strongest value: a half width up to it leaves the strongest's sign and size readable."""
_ROUNDING = 1e-6
"""Of the score, which has seven digits (float32)."""


@dataclass(frozen=True)
class AttributionTask:
    """One row's question, as a method receives it.

    Attributes:
        score: The row's score as a function of which visible segments are kept.
        spans: (segments, axes, 2) float64: start and stop of each on each axis, as in `Segments`.
        max_evaluations: Model evaluations that may be spent.
        confidence: Level of the interval of each value, in (0, 1).
        seed: Of what is drawn, in [0, 2**32).
        source: Makes the row's answer differentiable; refuses in words where it is not.
        attended: Tells how much of the network's look each visible segment gets; refuses in words
            where nothing attends.
    """

    score: MaskedScore
    spans: NDArray[np.float64]
    max_evaluations: int
    confidence: float
    seed: int
    source: Callable[[], GradientSource]
    attended: Callable[[], Attended]


@dataclass(frozen=True)
class Attribution:
    """How a score is shared out among segments.

    Attributes:
        method: What found it.
        values: (segments,) float64, in units of the score.
        half_widths: (segments,) float64, >= 0: of each value's Monte-Carlo interval, values ±
            half_widths; 0 where nothing is drawn, NaN where the error is not known.
        settled: Whether the strongest segments are known well enough to be read; see `is_settled`.
        should_sum_to: What the values sum to if the method did its work; None where no sum is
            promised, and where it is kept whatever the model does, so that it proves nothing.
        num_gradients: Gradients that were taken, or rows whose attention was read, which
            `AttributionTask.score` does not count.
    """

    method: ExplainMethod
    values: NDArray[np.float64]
    half_widths: NDArray[np.float64]
    settled: bool
    should_sum_to: float | None = None
    num_gradients: int = 0


class Method(Protocol):
    """Shares a row's score out among its segments."""

    def __call__(self, task: AttributionTask) -> Steps[Attribution]:
        """The attribution; what it is about to ask for is asked for first.

        Raises:
            UserError: The method can't be had for this model, or for so few evaluations.
        """


def is_settled(
    values: NDArray[np.float64], half_widths: NDArray[np.float64], *, scale: float
) -> bool:
    """Whether each segment that a reader looks at first is known to a quarter of the strongest.

    These are the three strongest, and whichever may be the strongest by its interval.

    Args:
        values: (segments,) float64.
        half_widths: (segments,) float64; NaN is never settled.
        scale: Size of the scores, beside which rounding is judged.
    """
    sizes = np.abs(values)
    strongest = float(sizes.max(initial=0.0))
    is_read = sizes + half_widths >= strongest
    is_read[np.argsort(-sizes, kind="stable")[:_STRONGEST]] = True
    limit = _SETTLED_SHARE * strongest + _ROUNDING * scale
    return bool((half_widths[is_read] <= limit).all())


def require_evaluations(task: AttributionTask, needed: int, method: ExplainMethod) -> None:
    """Refuse a method that was asked for by name and can't be had for the evaluations.

    Raises:
        UserError: It needs more.
    """
    if needed > task.max_evaluations:
        raise UserError(
            f"explain.method={method} needs {needed} model evaluations for"
            f" {task.score.num_segments} segments, but explain.max_evaluations is"
            f" {task.max_evaluations}. Raise it, or choose explain.method=auto."
        )
