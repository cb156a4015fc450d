"""From an explanation to its entry in `explanations.json`: prediction, truth and known cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, Segments
from shared.explain.faithfulness import localisation
from shared.explain.shapley import Attribution
from shared.run.artefacts.explanations_file import ExplainedExample, ExplainedRow
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Scores

__all__ = ["Explanation", "describe_prediction", "describe_truth", "make_example"]


@dataclass(frozen=True)
class Explanation:
    """One explained row.

    Attributes:
        segments: Its segments and canvas.
        attribution: What each segment contributes to the explained score.
        row: Its numbers.
    """

    segments: Segments
    attribution: Attribution
    row: ExplainedRow


def make_example(
    explanation: Explanation, target: Target, examples: Examples, index: int, *, file: str
) -> ExplainedExample:
    """Add the truth about an example and, where the cause is known, how well it is found.

    Args:
        explanation: Of the example's row.
        target: What is predicted.
        examples: The explained example among others.
        index: Its place.
        file: Of its arrays, from the run directory.
    """
    truth = describe_truth(target, examples.targets[index])
    is_right = truth == explanation.row.predicted if isinstance(truth, str) else None
    ground_truth = None if examples.ground_truth is None else examples.ground_truth(index)
    found = {} if ground_truth is None else _localise(target, explanation, ground_truth)
    return ExplainedExample(
        **explanation.row.model_dump(),
        id=str(examples.ids[index]),
        file=file,
        target=truth,
        right=is_right,
        **found,
    )


def describe_prediction(target: Target, scores: Scores) -> str | float:
    """The predicted class, or the mean forecast over steps and channels.

    Args:
        target: What is predicted.
        scores: (1, *target.shape), of one row.
    """
    match target:
        case Categories():
            return target.names[int(target.decide(scores)[0])]
        case Horizon():
            return float(target.decide(scores).mean(dtype=np.float64))
        case _:
            assert_never(target)


def describe_truth(target: Target, value: NDArray[Any]) -> str | float | None:
    """The true class, or the mean of the observed targets (None if none was observed)."""
    match target:
        case Categories():
            return target.names[int(value)]
        case Horizon():
            return float(np.nanmean(value, dtype=np.float64)) if np.isfinite(value).any() else None
        case _:
            assert_never(target)


def _localise(
    target: Target, explanation: Explanation, ground_truth: NDArray[np.float32]
) -> dict[str, Any]:
    """How much attribution lies on the known cause; nothing where the two can't be compared.

    What belongs there: for a class, what speaks for it; for a forecast, what moves it either way.
    """
    values = explanation.attribution.values
    importance = np.maximum(values, 0.0) if isinstance(target, Categories) else np.abs(values)
    found = localisation(importance, explanation.segments.spans, ground_truth)
    if found is None:
        return {}
    return {
        "localisation": found.mass,
        "localisation_expected": found.expected_mass,
        "localisation_gain": found.mass - found.expected_mass,
        "pointing_hit": found.pointing_hit,
        "pointing_expected": found.expected_hit,
    }
