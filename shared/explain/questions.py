"""What an explanation explains of a row's calibrated scores: one number.

For a class its log-odds: what moves all logits alike moves no probability, and no log-odds either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

from shared.targets.categories import Categories
from shared.targets.horizon import Horizon
from shared.targets.predictions import Scores

__all__ = [
    "ClassQuestion",
    "ForecastQuestion",
    "Question",
    "answer",
    "decided_question",
    "describe_question",
    "probability",
    "unit_of_answer",
]


@dataclass(frozen=True)
class ClassQuestion:
    """Why this class? Answered in log-odds, log p − log(1 − p).

    Attributes:
        class_index: Of the class; the decided one, or any other ("why not melanoma?").
    """

    class_index: int


@dataclass(frozen=True)
class ForecastQuestion:
    """Why so high? Answered in the target's unit, mean over channels.

    Attributes:
        step: Of the horizon, from 0; None for the mean over all steps.
        quantile: Number of the level in `Horizon.quantiles`; None for the expected value.
    """

    step: int | None = None
    quantile: int | None = None


Question = ClassQuestion | ForecastQuestion


def decided_question(target: Categories | Horizon, scores: Scores) -> Question:
    """Why what is decided for a row: its class, or the mean of its forecast.

    Args:
        target: As the deployed model decides for it.
        scores: (1, *target.shape) calibrated scores.
    """
    if isinstance(target, Horizon):
        return ForecastQuestion()
    return ClassQuestion(int(target.decide(scores)[0]))


def answer(question: Question, scores: Scores) -> NDArray[np.float64]:
    """Calibrated scores (n, *target.shape) -> what is explained of each row, (n,)."""
    numbers = np.asarray(scores, dtype=np.float64)
    if isinstance(question, ClassQuestion):
        others = np.delete(numbers, question.class_index, axis=-1)
        return np.asarray(numbers[:, question.class_index] - logsumexp(others, axis=-1))
    asked = numbers[..., 0]
    if question.quantile is not None:
        # Sorted as they are when served, so that levels never cross.
        asked = np.sort(numbers[..., 1:], axis=-1)[..., question.quantile]
    steps = asked.mean(axis=-1)  # (n, steps)
    return np.asarray(steps.mean(axis=1) if question.step is None else steps[:, question.step])


def probability(question: Question, answered: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Log-odds (n,) as probabilities (n,); None for forecasts."""
    return np.asarray(expit(answered)) if isinstance(question, ClassQuestion) else None


def describe_question(
    target: Categories | Horizon, question: Question, moments: Sequence[str] = ()
) -> str:
    """What is explained, for people: the class, or which part of the forecast.

    Args:
        target: What is predicted.
        question: What is asked of it.
        moments: What each step is called, such as "Mon 18:00"; empty where not known.
    """
    if isinstance(question, ClassQuestion):
        names = target.names if isinstance(target, Categories) else ()
        return names[question.class_index]
    when = "mean forecast"
    if question.step is not None:
        clock = f" ({moments[question.step]})" if moments else ""
        when = f"forecast of step {question.step + 1}{clock}"
    if question.quantile is None or isinstance(target, Categories):
        return when
    return f"{when}, quantile {target.quantiles[question.quantile]:g}"


def unit_of_answer(target: Categories | Horizon) -> str:
    """Of what is explained, and so of every attribution."""
    return target.unit if isinstance(target, Horizon) else "log-odds"
