"""One split as it is assessed: row errors, rates and classes, whatever the attribute."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.fairness.gaps.error_gaps import CaseMix
from shared.fairness.gaps.row_rates import RowRate, row_rates
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Predictions

__all__ = ["EvaluatedSplit", "metric_names"]


@dataclass(frozen=True)
class EvaluatedSplit:
    """One split's predictions.

    Attributes:
        target: The kind of target.
        test: Finite scores beside the truth.
        errors: Metric -> (n,) float64, the first of which is tested.
        bounds: Metric -> largest possible value.
        mix: Classes for the case-mix view; None where there are none.
        rows: Rates as means over rows.
    """

    target: Target
    test: Predictions
    errors: dict[str, NDArray[np.float64]]
    bounds: dict[str, float]
    mix: CaseMix | None
    rows: list[RowRate]

    @classmethod
    def of(
        cls, target: Target, test: Predictions, chosen: CalibrationRecord | None
    ) -> EvaluatedSplit:
        """Measure every row.

        Args:
            target: The kind of target.
            test: Calibrated predictions.
            chosen: Rules for sets and abstention; None without them.
        """
        row_errors = target.row_errors(test)
        errors = {name: row_errors[name] for name in metric_names(target)}
        bounds = {name: 1.0 if name == "error" else math.inf for name in errors}
        mix = CaseMix(test.targets, len(target.names)) if isinstance(target, Categories) else None
        rules = (None, None) if chosen is None else (chosen.sets, chosen.abstain_below)
        return cls(target, test, errors, bounds, mix, row_rates(target, test, *rules))


def metric_names(target: Target) -> tuple[str, ...]:
    """The errors that are compared; the first is tested."""
    match target:
        case Categories():
            return ("error", "log_loss")
        case Horizon():
            return ("mae_standardised", "mase")
        case _:
            assert_never(target)
