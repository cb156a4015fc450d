"""The numeric gate: a converted model must say what the model said that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.compression.lite.litert import Storage
from shared.errors import CompressionRefusedError
from shared.run.artefacts.compression.record import GateRecord
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Predictions, Scores

__all__ = ["TOLERANCES", "pass_gate"]

TOLERANCES: Mapping[Storage, float] = MappingProxyType(
    {"float32": 1e-3, "float16": 1e-2, "int8": 5e-2}
)
"""Mean over rows of the largest difference, by the storage of weights. What the difference does to
accuracy is measured afterwards; the gate finds conversions that broke."""


def pass_gate(
    target: Target, expected: Predictions, scores: Scores, storage: Storage, *, against: str
) -> GateRecord:
    """Compare scores of validation rows with those that they must equal.

    Args:
        target: How to read them.
        expected: Validation rows, as the model that was converted scores them.
        scores: (n, *target.shape) of the converted one.
        storage: Of its weights, which sets the tolerance.
        against: What `expected` is of.

    Raises:
        CompressionRefusedError: A score is not finite, or they are too far apart.
    """
    tolerance = TOLERANCES[storage]
    unfinished = ~np.isfinite(scores).reshape(len(scores), -1).all(axis=1)
    if unfinished.any():
        first = str(expected.ids[int(np.flatnonzero(unfinished)[0])])
        raise CompressionRefusedError(
            f"its scores are not finite for {int(unfinished.sum())} of {len(scores)} validation"
            f" rows (first: id {first!r})"
        )
    differences = _differences(target, expected, scores)
    found = GateRecord(
        n=len(scores),
        against=against,
        mean_difference=float(differences.mean()),
        largest_difference=float(differences.max()),
        tolerance=tolerance,
    )
    if found.mean_difference > tolerance:
        raise CompressionRefusedError(
            f"its answers on {found.n} validation rows are {found.mean_difference:.3g} from those"
            f" of {against} on average, at most {tolerance:g} is tolerated for {storage}"
        )
    return found


def _differences(target: Target, expected: Predictions, scores: Scores) -> NDArray[np.float64]:
    """(n,) the largest difference of each row: of a probability, or of a forecast in σ."""
    match target:
        case Categories():
            apart = target.probabilities(scores) - target.probabilities(expected.scores)
        case Horizon():
            apart = scores.astype(np.float64) - expected.scores
            apart = apart / expected.forecast_context.scale[:, None, :, None]
        case _:
            assert_never(target)
    return np.asarray(np.abs(apart).reshape(len(scores), -1).max(axis=1))
