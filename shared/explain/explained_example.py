"""From an explanation to its entry in `explanations.json`: prediction, truth and known cause."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.explain.asked_rows import AskedRow
from shared.explain.checks.localisation import dealt_out, localisation
from shared.explain.explainer import Explanation
from shared.explain.predicted import describe_truth
from shared.run.artefacts.explanations.checks import NaiveOrder
from shared.run.artefacts.explanations.record import ExplainedExample
from shared.targets import Categories, Horizon, Target

__all__ = ["make_example"]


def make_example(
    explanation: Explanation,
    target: Target,
    asked: AskedRow,
    ground_truth: NDArray[np.float32] | None,
    *,
    file: str,
) -> ExplainedExample:
    """Add the truth about a row, where there is one, and how well a known cause is found.

    Args:
        explanation: Of the row.
        target: What is predicted.
        asked: The row.
        ground_truth: Where the label's cause lies; None if it is not known.
        file: Of its arrays, from the run directory.
    """
    row = explanation.row
    truth = None if asked.truth is None else describe_truth(target, asked.truth)
    is_right = truth == row.predicted if isinstance(truth, str) else None
    # The cause is the true class's: it says nothing of why another was not decided for.
    is_decided = row.explained == row.predicted or isinstance(target, Horizon)
    known = ground_truth if is_decided else None
    found = {} if known is None else _localise(target, explanation, known)
    return ExplainedExample(
        **{**row.model_dump(), **found},
        id=asked.id,
        entity=asked.entity,
        file=file,
        target=truth,
        right=is_right,
    )


def _localise(
    target: Target, explanation: Explanation, ground_truth: NDArray[np.float32]
) -> dict[str, Any]:
    """How much attribution lies on the known cause; nothing where the two can't be compared.

    What belongs there: for a class, what speaks for it; for a forecast, what moves it either way.
    """
    values = explanation.values
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
        "naive": _localise_naively(explanation, importance, ground_truth),
    }


def _localise_naively(
    explanation: Explanation, importance: NDArray[np.float64], ground_truth: NDArray[np.float32]
) -> tuple[NaiveOrder, ...]:
    """The naive orders of a row, with what they find of the known cause."""
    segments = explanation.segments
    orders = []
    for order in explanation.row.naive:
        dealt = dealt_out(importance, segments.naive_orders[order.name])
        found = localisation(dealt, segments.spans, ground_truth)
        if found is not None:
            numbers = {"localisation": found.mass, "pointing_hit": found.pointing_hit}
            orders.append(order.model_copy(update=numbers))
    return tuple(orders)
