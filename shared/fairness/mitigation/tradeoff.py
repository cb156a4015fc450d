"""What closing a gap would cost.

Every mitigation's accuracy against its gap, chosen on validation, reported on test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.mitigation.postprocessing import Mitigation
from shared.fairness.mitigation.small_rates import ComparedRows, RateSizes, small_rates
from shared.run.artefacts.fairness.mitigations import (
    MitigationRecord,
    OutcomeOnTestRecord,
    OutcomeOnValRecord,
    SmallRateRecord,
    WorstGroupRecord,
)
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.category_statistics import category_statistics
from shared.statistics.intervals import Estimate, number_or_none
from shared.targets import Categories
from shared.targets.confusion import confusion_metrics, count_confusion
from shared.targets.predictions import Predictions

__all__ = ["Price", "compare_mitigations", "equalised_odds_difference"]

_SURE = 20.0
"""The logit that states a prediction as a score."""


@dataclass(frozen=True)
class Price:
    """What a mitigation may cost, and how costs are measured.

    Attributes:
        largest: Balanced accuracy on validation that may be lost.
        min_group_size: Rows below which a rate of a group is compared with no other.
        resampling: Of test entities.
        privacy_size: Rows below which a rate of a group is not shown; 0 for none.
    """

    largest: float
    min_group_size: int
    resampling: Resampling
    privacy_size: int = 0

    @property
    def sizes(self) -> RateSizes:
        """Which rates are shown and compared."""
        return RateSizes(self.min_group_size, self.privacy_size, self.resampling.confidence)


@dataclass(frozen=True)
class _Outcome:
    """What one mitigation leads to on one split.

    Attributes:
        balanced_accuracy: Of all rows.
        difference: In equalised odds; infinite if it can't be told, so that it is never preferred.
        worst_group: None if every group is too small.
        small_rates: Rates that neither of the two includes.
    """

    balanced_accuracy: float
    difference: float
    worst_group: WorstGroupRecord | None
    small_rates: tuple[SmallRateRecord, ...]

    def on_val(self) -> OutcomeOnValRecord:
        """The outcome on validation."""
        return OutcomeOnValRecord(
            balanced_accuracy=number_or_none(self.balanced_accuracy),
            equalised_odds_difference=number_or_none(self.difference),
            worst_group=self.worst_group,
            small_rates=self.small_rates,
        )

    def on_test(self, balanced_accuracy: Estimate) -> OutcomeOnTestRecord:
        """The outcome on the test split, with an interval."""
        return OutcomeOnTestRecord(
            balanced_accuracy=balanced_accuracy,
            equalised_odds_difference=number_or_none(self.difference),
            worst_group=self.worst_group,
            small_rates=self.small_rates,
        )


def compare_mitigations(
    target: Categories,
    mitigations: Sequence[Mitigation],
    val: ComparedRows,
    test: ComparedRows,
    price: Price,
) -> list[MitigationRecord]:
    """One entry a mitigation, with its validation and test numbers.

    None at all if validation has too few rows to tell how far the groups are apart.

    `chosen` marks the one that validation prefers: the smallest equalised-odds difference among
    those whose balanced accuracy on validation is at most the largest price below that of the
    predictions as deployed, the first of the mitigations. `chosen_without_group` marks the one
    preferred among those that need no group when predicting, which can be deployed anywhere.

    Args:
        target: The kind of target.
        mitigations: As `postprocessing_mitigations` gives them, and those that were trained.
        val: Truth and groups of the validation rows.
        test: The same of the test split.
        price: What a mitigation may cost.
    """
    on_val = [_outcome(target, each.val, val, price.sizes) for each in mitigations]
    if not np.isfinite(on_val[0].difference):
        return []
    chosen, chosen_without_group = _choose(mitigations, on_val, price.largest)
    records = []
    for i, mitigation in enumerate(mitigations):
        record = MitigationRecord(
            method=mitigation.method,
            strength=mitigation.strength,
            needs_group=mitigation.needs_group,
            chosen=i == chosen,
            chosen_without_group=i == chosen_without_group,
            val=on_val[i].on_val(),
            test=_on_test(target, mitigation, test, price),
        )
        records.append(record)
    return records


def equalised_odds_difference(
    predicted: NDArray[np.int64],
    targets: NDArray[np.int64],
    labels: NDArray[np.str_],
    num_classes: int,
    min_group_size: int = 1,
) -> float:
    """The largest difference of two groups in a class's recall or false positive rate.

    Of two classes this is fairlearn's `equalized_odds_difference`. It is never negative and has no
    interval (see `parity.py`). A rate with fewer than `min_group_size` rows in its denominator says
    nothing; NaN if no two groups have a rate in common.

    Args:
        predicted: (n,) int64 classes.
        targets: (n,) int64 true classes.
        labels: (n,) str groups; rows of unknown group do not count.
        num_classes: Number of classes.
        min_group_size: Rows below which a rate says nothing.
    """
    groups = [group for group in np.unique(labels).tolist() if group != UNKNOWN]
    spreads = []
    for c in range(num_classes):
        for condition in (targets == c, targets != c):
            denominators = [condition & (labels == group) for group in groups]
            rates = [
                float((predicted[rows] == c).mean())
                for rows in denominators
                if rows.sum() >= min_group_size
            ]
            if len(rates) >= 2:
                spreads.append(max(rates) - min(rates))
    return max(spreads, default=float("nan"))


def _choose(
    mitigations: Sequence[Mitigation], on_val: Sequence[_Outcome], largest_price: float
) -> tuple[int, int]:
    """The preferred mitigation, and the preferred one of those that need no group."""
    enough = on_val[0].balanced_accuracy - largest_price
    allowed = [i for i, outcome in enumerate(on_val) if outcome.balanced_accuracy >= enough]
    without_group = [i for i in allowed if not mitigations[i].needs_group]
    chosen = min(allowed, key=lambda i: on_val[i].difference)
    return chosen, min(without_group, key=lambda i: on_val[i].difference)


def _outcome(
    target: Categories, predicted: NDArray[np.int64], rows: ComparedRows, sizes: RateSizes
) -> _Outcome:
    num_classes = len(target.names)
    targets = rows.predictions.targets
    confusion = count_confusion(targets, predicted, num_classes)
    difference = equalised_odds_difference(
        predicted, targets, rows.labels, num_classes, sizes.compared
    )
    return _Outcome(
        balanced_accuracy=float(confusion_metrics(confusion)["balanced_accuracy"]),
        difference=difference if np.isfinite(difference) else np.inf,
        worst_group=_worst_group(predicted == targets, rows.labels, sizes.compared),
        small_rates=small_rates(target, predicted, rows, sizes),
    )


def _on_test(
    target: Categories, mitigation: Mitigation, test: ComparedRows, price: Price
) -> OutcomeOnTestRecord:
    outcome = _outcome(target, mitigation.test, test, price.sizes)
    accuracy = _balanced_accuracy(target, mitigation.test, test.predictions, price.resampling)
    return outcome.on_test(accuracy)


def _worst_group(
    right: NDArray[np.bool_], labels: NDArray[np.str_], min_group_size: int
) -> WorstGroupRecord | None:
    groups, sizes = np.unique(labels[labels != UNKNOWN], return_counts=True)
    shown = [
        WorstGroupRecord(group=str(group), accuracy=float(right[labels == group].mean()), n=int(n))
        for group, n in zip(groups, sizes, strict=True)
        if n >= min_group_size
    ]
    return min(shown, key=lambda group: group.accuracy, default=None)


def _balanced_accuracy(
    target: Categories, predicted: NDArray[np.int64], test: Predictions, resampling: Resampling
) -> Estimate:
    sure = _SURE * np.eye(len(target.names))[predicted]  # (n, classes)
    as_scores = test.with_scores(sure.astype(np.float32))
    codes, num_entities = entity_codes(test.entities)
    statistic = category_statistics(target, as_scores, codes, num_entities)[0]
    return estimates([statistic], num_entities, resampling)["balanced_accuracy"]
