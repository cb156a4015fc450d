"""What closing a gap would cost: every remedy's accuracy against its gap, chosen on validation, reported on test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.evaluation.bootstrap import Resampling, entity_codes, estimates
from shared.evaluation.category_statistics import category_statistics
from shared.evaluation.number import estimate_fields, number_or_null
from shared.fairness.remedies import Remedy
from shared.predictions import Predictions
from shared.targets import Categories
from shared.targets.confusion import confusion_metrics, count_confusion

__all__ = ["equalised_odds_difference", "weigh_remedies"]

_SURE = 20.0
"""The logit that states a decision as a score."""


def weigh_remedies(
    target: Categories,
    remedies: Sequence[Remedy],
    val: tuple[NDArray[np.int64], NDArray[np.str_]],
    test: Predictions,
    labels: NDArray[np.str_],
    *,
    largest_price: float,
    min_group_size: int,
    resampling: Resampling,
) -> list[dict[str, Any]]:
    """One entry a remedy, with its validation and test numbers; `chosen` marks the one that validation prefers.

    None at all if validation has too few rows to tell how far the groups are apart.

    Preferred is the smallest equalised-odds difference among those whose balanced accuracy on validation is at most `largest_price`
    below that of the decisions as deployed, the first of the remedies.

    Args:
        target: The kind of target.
        remedies: As `remedies` gives them.
        val: Truth and groups of the validation rows.
        test: The test part; its scores are not used.
        labels: (n,) groups of the test rows.
        largest_price: In balanced accuracy.
        min_group_size: Rows below which a rate of a group says nothing.
        resampling: Of test entities.
    """
    prices = [_point(target, remedy.val, *val, min_group_size) for remedy in remedies]
    if not np.isfinite(prices[0][1]):
        return []
    allowed = [i for i, (accuracy, _) in enumerate(prices) if accuracy >= prices[0][0] - largest_price]
    chosen = min(allowed, key=lambda i: prices[i][1])
    return [
        {
            "method": remedy.method,
            "strength": remedy.strength,
            "chosen": i == chosen,
            "val": {"balanced_accuracy": number_or_null(prices[i][0]), "equalised_odds_difference": number_or_null(prices[i][1])},
            "test": {
                "balanced_accuracy": _balanced_accuracy(target, remedy.test, test, resampling),
                "equalised_odds_difference": number_or_null(_point(target, remedy.test, test.targets, labels, min_group_size)[1]),
            },
        }
        for i, remedy in enumerate(remedies)
    ]


def equalised_odds_difference(
    decided: NDArray[np.int64], targets: NDArray[np.int64], labels: NDArray[np.str_], num_classes: int, min_group_size: int = 1
) -> float:
    """The largest difference between two groups in how often a class is decided when it is, or is not, the truth.

    Of two classes this is fairlearn's `equalized_odds_difference`. It is never negative and has no interval (see `parity.py`). A rate
    with fewer than `min_group_size` rows in its denominator says nothing; NaN if no two groups have a rate in common.
    """
    groups = [group for group in np.unique(labels).tolist() if group != UNKNOWN]
    spreads = []
    for c in range(num_classes):
        for condition in (targets == c, targets != c):
            denominators = [condition & (labels == group) for group in groups]
            rates = [float((decided[rows] == c).mean()) for rows in denominators if rows.sum() >= min_group_size]
            if len(rates) >= 2:
                spreads.append(max(rates) - min(rates))
    return max(spreads, default=float("nan"))


def _point(
    target: Categories, decided: NDArray[np.int64], targets: NDArray[np.int64], labels: NDArray[np.str_], min_group_size: int
) -> tuple[float, float]:
    """Balanced accuracy and equalised-odds difference; a difference that can't be told is never preferred."""
    accuracy = float(confusion_metrics(count_confusion(targets, decided, len(target.names)))["balanced_accuracy"])
    difference = equalised_odds_difference(decided, targets, labels, len(target.names), min_group_size)
    return accuracy, difference if np.isfinite(difference) else np.inf


def _balanced_accuracy(target: Categories, decided: NDArray[np.int64], test: Predictions, resampling: Resampling) -> dict[str, Any]:
    as_scores = test.with_scores((_SURE * np.eye(len(target.names))[decided]).astype(np.float32))
    codes, num_entities = entity_codes(test.entities)
    statistic = category_statistics(target, as_scores, codes, num_entities)[0]
    return estimate_fields(estimates([statistic], num_entities, resampling)["balanced_accuracy"])
