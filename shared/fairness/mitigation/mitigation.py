"""What closing a gap would cost.

Every mitigation's accuracy against its gap, chosen on validation, reported on test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.mitigation.mitigations import Mitigation
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.category_statistics import category_statistics
from shared.statistics.intervals import number_or_none
from shared.targets import Categories
from shared.targets.confusion import confusion_metrics, count_confusion
from shared.targets.predictions import Predictions

__all__ = ["equalised_odds_difference", "weigh_mitigations"]

_SURE = 20.0
"""The logit that states a decision as a score."""


@dataclass(frozen=True)
class _Weighed:
    """What one mitigation leads to on one part.

    Attributes:
        balanced_accuracy: Of all rows.
        difference: In equalised odds; infinite if it can't be told, so that it is never preferred.
        worst_group: The group with the lowest accuracy, that accuracy and its rows; None if every
            group is too small.
    """

    balanced_accuracy: float
    difference: float
    worst_group: tuple[str, float, int] | None

    def fields(self) -> dict[str, Any]:
        """As JSON."""
        worst = (
            None
            if self.worst_group is None
            else dict(zip(("group", "accuracy", "n"), self.worst_group, strict=True))
        )
        return {
            "balanced_accuracy": number_or_none(self.balanced_accuracy),
            "equalised_odds_difference": number_or_none(self.difference),
            "worst_group": worst,
        }


def weigh_mitigations(
    target: Categories,
    mitigations: Sequence[Mitigation],
    val: tuple[NDArray[np.int64], NDArray[np.str_]],
    test: Predictions,
    labels: NDArray[np.str_],
    *,
    largest_price: float,
    min_group_size: int,
    resampling: Resampling,
) -> list[dict[str, Any]]:
    """One entry a mitigation, with its validation and test numbers.

    `chosen` marks the one that validation prefers.

    None at all if validation has too few rows to tell how far the groups are apart.

    Preferred is the smallest equalised-odds difference among those whose balanced accuracy on
    validation is at most `largest_price` below that of the decisions as deployed, the first of the
    mitigations. `chosen_without_group` marks the one preferred among those that need no group when
    deciding, which can be deployed anywhere.

    Args:
        target: The kind of target.
        mitigations: As `mitigations` gives them, and those that were trained.
        val: Truth and groups of the validation rows.
        test: The test split; its scores are not used.
        labels: (n,) groups of the test rows.
        largest_price: In balanced accuracy.
        min_group_size: Rows below which a rate of a group says nothing.
        resampling: Of test entities.
    """
    on_val = [_weigh(target, mitigation.val, *val, min_group_size) for mitigation in mitigations]
    if not np.isfinite(on_val[0].difference):
        return []
    allowed = [
        i
        for i, weighed in enumerate(on_val)
        if weighed.balanced_accuracy >= on_val[0].balanced_accuracy - largest_price
    ]
    chosen = min(allowed, key=lambda i: on_val[i].difference)
    chosen_without_group = min(
        (i for i in allowed if not mitigations[i].needs_group), key=lambda i: on_val[i].difference
    )
    return [
        {
            "method": mitigation.method,
            "strength": mitigation.strength,
            "needs_group": mitigation.needs_group,
            "chosen": i == chosen,
            "chosen_without_group": i == chosen_without_group,
            "val": on_val[i].fields(),
            "test": (
                _weigh(target, mitigation.test, test.targets, labels, min_group_size).fields()
                | {
                    "balanced_accuracy": _balanced_accuracy(
                        target, mitigation.test, test, resampling
                    )
                }
            ),
        }
        for i, mitigation in enumerate(mitigations)
    ]


def equalised_odds_difference(
    decided: NDArray[np.int64],
    targets: NDArray[np.int64],
    labels: NDArray[np.str_],
    num_classes: int,
    min_group_size: int = 1,
) -> float:
    """The largest difference between two groups in how often a class is decided when it is, or is not, the truth.

    Of two classes this is fairlearn's `equalized_odds_difference`. It is never negative and has no
    interval (see `parity.py`). A rate with fewer than `min_group_size` rows in its denominator says
    nothing; NaN if no two groups have a rate in common.
    """
    groups = [group for group in np.unique(labels).tolist() if group != UNKNOWN]
    spreads = []
    for c in range(num_classes):
        for condition in (targets == c, targets != c):
            denominators = [condition & (labels == group) for group in groups]
            rates = [
                float((decided[rows] == c).mean())
                for rows in denominators
                if rows.sum() >= min_group_size
            ]
            if len(rates) >= 2:
                spreads.append(max(rates) - min(rates))
    return max(spreads, default=float("nan"))


def _weigh(
    target: Categories,
    decided: NDArray[np.int64],
    targets: NDArray[np.int64],
    labels: NDArray[np.str_],
    min_group_size: int,
) -> _Weighed:
    accuracy = float(
        confusion_metrics(count_confusion(targets, decided, len(target.names)))["balanced_accuracy"]
    )
    difference = equalised_odds_difference(
        decided, targets, labels, len(target.names), min_group_size
    )
    return _Weighed(
        accuracy,
        difference if np.isfinite(difference) else np.inf,
        _worst_group(decided == targets, labels, min_group_size),
    )


def _worst_group(
    right: NDArray[np.bool_], labels: NDArray[np.str_], min_group_size: int
) -> tuple[str, float, int] | None:
    groups, sizes = np.unique(labels[labels != UNKNOWN], return_counts=True)
    shown = [
        (str(group), float(right[labels == group].mean()), int(n))
        for group, n in zip(groups, sizes, strict=True)
        if n >= min_group_size
    ]
    return min(shown, key=lambda found: found[1], default=None)


def _balanced_accuracy(
    target: Categories, decided: NDArray[np.int64], test: Predictions, resampling: Resampling
) -> dict[str, Any]:
    as_scores = test.with_scores((_SURE * np.eye(len(target.names))[decided]).astype(np.float32))
    codes, num_entities = entity_codes(test.entities)
    statistic = category_statistics(target, as_scores, codes, num_entities)[0]
    return estimates([statistic], num_entities, resampling)["balanced_accuracy"].model_dump()
