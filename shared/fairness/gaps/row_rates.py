"""Rates as means over rows: which rows count, and what each counts.

The criteria (Barocas, Hardt & Narayanan 2023, chapter 3) in these terms: equalised odds compares
`recall` and `false_positive_rate` of a class, equal opportunity `recall` alone, demographic parity
`selection_rate`, predictive parity `precision`. `calibration_gap` is the mean confidence minus the
share correct. `coverage` is how often a conformal set holds the true class, or how often the outer
quantiles of a forecast hold the value. `error_of_answers` is how often the model is wrong where it
does not hand on. `selection_excess` is how much more often a class is
predicted than it is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets
from shared.run.artefacts.calibration_file import SetRule
from shared.targets import Categories, Horizon, Target
from shared.targets.observed import observed_mean
from shared.targets.predictions import Predictions

__all__ = ["RowRate", "row_rates"]


@dataclass(frozen=True)
class RowRate:
    """The mean of row values over the rows that count.

    Attributes:
        metric: Its name, for example "recall".
        of_class: The class it is about; None if it is about all.
        values: (n,) float64.
        counts: (n,) bool.
        low: Smallest possible value; the largest is 1.
    """

    metric: str
    of_class: str | None
    values: NDArray[np.float64]
    counts: NDArray[np.bool_]
    low: float = 0.0


def row_rates(
    target: Target,
    test: Predictions,
    rule: SetRule | None = None,
    abstain_below: float | None = None,
) -> list[RowRate]:
    """Every rate that this kind of target has.

    Args:
        target: The kind of target.
        test: Finite scores beside the truth.
        rule: Of conformal sets; None if there are none.
        abstain_below: Confidence from which on the model answers; None if it never does.
    """
    match target:
        case Categories():
            predicted = target.decide(test.scores)
            rates = [_calibration_gap(target, test)]
            if rule is not None:
                rates.append(_set_coverage(target, test, rule))
            if abstain_below is not None:
                rates.append(_error_of_answers(target, test, abstain_below))
            for c, name in enumerate(target.names):
                rates += _rates_of_class(name, predicted == c, test.targets == c)
            return rates
        case Horizon():
            if target.nominal_coverage is None:
                return []
            inside = observed_mean(target.covered(test), np.isfinite(test.targets), axes=(1, 2))
            return [RowRate("coverage", None, inside, _all(test))]
        case _:
            assert_never(target)


def _all(test: Predictions) -> NDArray[np.bool_]:
    return np.ones(len(test), dtype=np.bool_)


def _calibration_gap(target: Categories, test: Predictions) -> RowRate:
    correct = (target.decide(test.scores) == test.targets).astype(np.float64)
    gap = target.confidence(test.scores) - correct
    return RowRate("calibration_gap", None, gap, _all(test), low=-1.0)


def _set_coverage(target: Categories, test: Predictions, rule: SetRule) -> RowRate:
    decided = target.decide(test.scores)
    sets = class_sets(target.probabilities(test.scores), np.asarray(rule.thresholds), decided)
    holds = sets[np.arange(len(test)), test.targets].astype(np.float64)
    return RowRate("coverage", None, holds, _all(test))


def _error_of_answers(target: Categories, test: Predictions, abstain_below: float) -> RowRate:
    wrong = (target.decide(test.scores) != test.targets).astype(np.float64)
    is_answered = target.confidence(test.scores) >= abstain_below
    return RowRate("error_of_answers", None, wrong, is_answered)


def _rates_of_class(
    name: str, is_predicted: NDArray[np.bool_], is_true: NDArray[np.bool_]
) -> list[RowRate]:
    predicted = is_predicted.astype(np.float64)
    true = is_true.astype(np.float64)
    everything = np.ones(len(predicted), dtype=np.bool_)
    return [
        RowRate("recall", name, predicted, is_true),
        RowRate("false_positive_rate", name, predicted, ~is_true),
        RowRate("selection_rate", name, predicted, everything),
        RowRate("precision", name, true, is_predicted),
        RowRate("selection_excess", name, predicted - true, everything, low=-1.0),
    ]
