"""Rates, areas and parity of a table, ours and those of the libraries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from fairlearn.metrics import (
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
)
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score, roc_auc_score

from benchmarks.fairness_counterparts.differences import Differences, values_by_group
from shared.fairness.attribute import AttributeAssessment
from shared.fairness.gaps.group_metric import GroupRate
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["AssessedTable", "compare_areas", "compare_parity", "compare_rates"]

_Metric = tuple[str, Callable[..., float], dict[str, Any]]
_OF_CLASS: dict[str, _Metric] = {
    "recall": ("sklearn recall_score", recall_score, {"zero_division": 0.0}),
    "precision": ("sklearn precision_score", precision_score, {"zero_division": 0.0}),
    "selection_rate": ("fairlearn selection_rate", selection_rate, {"pos_label": 1}),
    "false_positive_rate": ("fairlearn false_positive_rate", false_positive_rate, {"pos_label": 1}),
}


@dataclass(frozen=True)
class AssessedTable:
    """Predictions of one attribute's groups, and what we say of them.

    Attributes:
        target: The classes.
        test: The rows.
        labels: Group of each row, (n,).
        assessment: Errors, rates and parity.
        areas: Areas under the curve.
    """

    target: Categories
    test: Predictions
    labels: NDArray[np.str_]
    assessment: AttributeAssessment
    areas: list[GroupRate]

    @property
    def decided(self) -> NDArray[Any]:
        """Class index decided on, (n,)."""
        return self.target.decide(self.test.scores)

    def rows_by_group(self) -> dict[str, NDArray[np.bool_]]:
        """Group -> which rows are of it, (n,)."""
        return {str(group): self.labels == group for group in np.unique(self.labels)}


def compare_rates(found: Differences, table: AssessedTable) -> None:
    """Rates of each class, and balanced accuracy."""
    truth, decided, rates = table.test.targets, table.decided, table.assessment.rates
    by_group = table.rows_by_group()
    for c, name in enumerate(table.target.names):
        of_class, chosen = (truth == c).astype(int), (decided == c).astype(int)
        for metric, (counterpart, function, options) in _OF_CLASS.items():
            theirs = {
                group: float(function(of_class[rows], chosen[rows], **options))
                for group, rows in by_group.items()
            }
            found.keep_groups(metric, counterpart, values_by_group(rates, metric, name), theirs)
    theirs = {
        group: float(balanced_accuracy_score(truth[rows], decided[rows]))
        for group, rows in by_group.items()
    }
    ours = values_by_group(rates, "balanced_accuracy")
    found.keep_groups("balanced_accuracy", "sklearn balanced_accuracy_score", ours, theirs)


def compare_areas(found: Differences, table: AssessedTable) -> None:
    """Area under the curve of each class that has one."""
    probabilities = table.target.probabilities(table.test.scores)
    for c in table.target.scored_classes():
        ours = values_by_group(table.areas, "auc", table.target.names[c])
        for group, value in ours.items():
            rows = table.labels == group
            area = roc_auc_score(table.test.targets[rows] == c, probabilities[rows, c])
            found.keep("auc", "sklearn roc_auc_score", value, float(area))


def compare_parity(found: Differences, table: AssessedTable) -> None:
    """The parity criteria, and their parts, of two classes."""
    told: dict[str, Any] = {
        "y_true": table.test.targets,
        "y_pred": table.decided,
        "sensitive_features": table.labels,
    }
    ours = {item.criterion.name: item for item in table.assessment.parity}
    for name, function in (
        ("demographic parity", demographic_parity_difference),
        ("equalised odds", equalized_odds_difference),
    ):
        largest = ours[name].largest
        if largest is not None and ours[name].num_compared == ours[name].num_rates:
            theirs = float(function(**told))
            found.keep(name, f"fairlearn {function.__name__}", largest.difference, theirs)
    _compare_positive_class(found, table, told)


def _compare_positive_class(found: Differences, table: AssessedTable, told: dict[str, Any]) -> None:
    positive, rates = table.target.names[1], table.assessment.rates
    everyone = len(np.unique(table.labels))
    selected = values_by_group(rates, "selection_rate", positive).values()
    if len(selected) == everyone:
        found.keep(
            "selection_rate: least over most",
            "fairlearn demographic_parity_ratio",
            min(selected) / max(selected),
            float(demographic_parity_ratio(**told)),
        )
    recalls = values_by_group(rates, "recall", positive).values()
    if len(recalls) == everyone:
        found.keep(
            "recall of the positive class",
            "fairlearn equal_opportunity_difference",
            max(recalls) - min(recalls),
            float(equal_opportunity_difference(**told)),
        )
