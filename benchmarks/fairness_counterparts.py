"""Point values by group beside those of fairlearn and scikit-learn, on random tables.

Prints the largest difference seen.

    python -m benchmarks.fairness_counterparts [--tables 50]

Each table has 300 to 700 rows of two to five classes in two to six groups of unequal size, with one
to four rows an entity, and scores with ties. Weights are absent: the libraries know none by entity.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
)
from numpy.typing import NDArray
from sklearn.metrics import (
    balanced_accuracy_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
    zero_one_loss,
)

from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.attribute import AttributeAssessment, assess_attribute
from shared.fairness.evaluated_split import EvaluatedSplit
from shared.fairness.gaps.group_metric import Comparison, GroupRate
from shared.fairness.gaps.ranking import ranking_rates
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["largest_differences", "main"]

_SMALLEST = 2
_SETTINGS = AssessmentSettings(
    min_group_size=_SMALLEST,
    permutations=19,
    margin=0.05,
    alpha=0.05,
    resampling=Resampling(20, 0.95, (0,)),
)
_OF_CLASS: dict[str, tuple[str, Callable[..., float]]] = {
    "recall": ("sklearn recall_score", recall_score),
    "precision": ("sklearn precision_score", precision_score),
    "selection_rate": ("fairlearn selection_rate", selection_rate),
    "false_positive_rate": ("fairlearn false_positive_rate", false_positive_rate),
}

Differences = dict[tuple[str, str], float]
"""(our number, its counterpart) -> largest absolute difference."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description="Point values by group beside those of fairlearn and scikit-learn."
    )
    parser.add_argument("--tables", type=int, default=50)
    found = largest_differences(parser.parse_args().tables)
    print(f"{'metric':<34}{'counterpart':<52}{'largest difference':>20}")
    for (metric, counterpart), difference in found.items():
        print(f"{metric:<34}{counterpart:<52}{difference:>20.1e}")


def largest_differences(num_tables: int) -> Differences:
    """Over the tables of the first seeds."""
    largest: Differences = defaultdict(float)
    for seed in range(num_tables):
        for key, difference in _differences(seed).items():
            largest[key] = max(largest[key], difference)
    return dict(largest)


def _differences(seed: int) -> Differences:
    target, test, labels = _draw(seed)
    groups = tuple(np.unique(labels).tolist())
    split = EvaluatedSplit.of(target, test, None)
    attribute = Attribute("site", labels, groups)
    grouped = GroupedErrors.of(attribute, test.entities, split.errors, split.bounds)
    assessment = assess_attribute(split, attribute, grouped, _SETTINGS, groups[0])
    areas = ranking_rates(target, test, assessment.groups, _SETTINGS.resampling)
    found: Differences = {}
    _errors(found, target, test, labels, assessment)
    _rates(found, target, test, labels, assessment)
    _areas(found, target, test, labels, areas)
    if len(target.names) == 2:
        _parity(found, target, test, labels, assessment)
    return found


def _draw(seed: int) -> tuple[Categories, Predictions, NDArray[np.str_]]:
    generator = np.random.default_rng([seed, 99])
    n, num_classes = int(generator.integers(300, 700)), int(generator.integers(2, 6))
    # Half of the tables are of two classes, which the parity criteria of fairlearn need.
    num_classes = 2 if seed % 2 == 0 else num_classes
    groups = np.array(["a", "b", "c", "d", "e", "f"])[: generator.integers(2, 7)]
    targets = generator.integers(num_classes, size=n)
    scores = generator.normal(size=(n, num_classes)) + 1.2 * np.eye(num_classes)[targets]
    scores = np.where(generator.random((n, 1)) < 0.2, np.round(scores), scores)
    entities = np.sort(generator.integers(n // 2, size=n)).astype(str)
    labels = generator.choice(groups, n, p=generator.dirichlet(np.full(len(groups), 5.0)))
    target = Categories(names=tuple(f"class {c}" for c in range(num_classes)))
    return (
        target,
        Predictions(np.arange(n).astype(str), entities, targets, scores.astype(np.float32)),
        labels,
    )


def _errors(
    found: Differences,
    target: Categories,
    test: Predictions,
    labels: NDArray[np.str_],
    assessment: AttributeAssessment,
) -> None:
    decided, probabilities = target.decide(test.scores), target.probabilities(test.scores)
    frame = MetricFrame(
        metrics=zero_one_loss, y_true=test.targets, y_pred=decided, sensitive_features=labels
    )
    ours, theirs = (
        assessment.errors.rates,
        {str(group): float(value) for group, value in frame.by_group.items()},
    )
    _note(found, "error", "fairlearn MetricFrame(zero_one_loss)", ours, theirs, "error")
    shown = _values(ours, "error")
    if len(shown) == len(theirs) and assessment.errors.test is not None:
        spread = assessment.errors.test.spread
        _keep(
            found,
            "error: largest minus smallest",
            "fairlearn MetricFrame.difference()",
            spread,
            frame.difference(),
        )
    losses = {
        group: log_loss(
            test.targets[labels == group],
            probabilities[labels == group],
            labels=range(len(target.names)),
        )
        for group in theirs
    }
    _note(found, "log_loss", "sklearn log_loss", ours, losses, "log_loss")
    for group in shown:
        halves = MetricFrame(
            metrics=zero_one_loss,
            y_true=test.targets,
            y_pred=decided,
            sensitive_features=labels == group,
        ).by_group
        rest = {
            "gap to rest": halves[True] - halves[False],
            "ratio to rest": halves[True] / halves[False] if halves[False] else np.nan,
        }
        first = theirs[min(theirs)]
        against = {
            "gap to reference": theirs[group] - first,
            "ratio to reference": theirs[group] / first if first else np.nan,
        }
        for comparison, value in (rest | against).items():
            rate = next(rate for rate in ours if (rate.metric, rate.group) == ("error", group))
            estimate = rate.estimates.get(comparison)  # type: ignore[call-overload]
            if estimate is not None:
                _keep(
                    found,
                    f"error: {comparison}",
                    "fairlearn MetricFrame, two groups of it",
                    estimate.value,
                    float(value),
                )


def _rates(
    found: Differences,
    target: Categories,
    test: Predictions,
    labels: NDArray[np.str_],
    assessment: AttributeAssessment,
) -> None:
    decided = target.decide(test.scores)
    for c, name in enumerate(target.names):
        for metric, (counterpart, function) in _OF_CLASS.items():
            arguments = (
                {"pos_label": 1}
                if metric in ("false_positive_rate", "selection_rate")
                else {"zero_division": 0.0}
            )
            truth, chosen = (test.targets == c).astype(int), (decided == c).astype(int)
            by_group = {str(group): labels == group for group in np.unique(labels)}
            theirs = {
                group: float(function(truth[rows], chosen[rows], **arguments))
                for group, rows in by_group.items()
            }
            _note(found, metric, counterpart, assessment.rates, theirs, metric, name)
    theirs = {
        str(group): float(
            balanced_accuracy_score(test.targets[labels == group], decided[labels == group])
        )
        for group in np.unique(labels)
    }
    _note(
        found,
        "balanced_accuracy",
        "sklearn balanced_accuracy_score",
        assessment.rates,
        theirs,
        "balanced_accuracy",
    )


def _areas(
    found: Differences,
    target: Categories,
    test: Predictions,
    labels: NDArray[np.str_],
    areas: list[GroupRate],
) -> None:
    probabilities = target.probabilities(test.scores)
    for c in target.scored_classes():
        ours = _values(areas, "auc", target.names[c])
        for group, value in ours.items():
            rows = labels == group
            _keep(
                found,
                "auc",
                "sklearn roc_auc_score",
                value,
                float(roc_auc_score(test.targets[rows] == c, probabilities[rows, c])),
            )


def _parity(
    found: Differences,
    target: Categories,
    test: Predictions,
    labels: NDArray[np.str_],
    assessment: AttributeAssessment,
) -> None:
    told: dict[str, Any] = {
        "y_true": test.targets,
        "y_pred": target.decide(test.scores),
        "sensitive_features": labels,
    }
    ours = {item.criterion.name: item for item in assessment.parity}
    for name, function in (
        ("demographic parity", demographic_parity_difference),
        ("equalised odds", equalized_odds_difference),
    ):
        largest = ours[name].largest
        if largest is not None and ours[name].num_compared == ours[name].num_rates:
            _keep(
                found,
                name,
                f"fairlearn {function.__name__}",
                largest.difference,
                float(function(**told)),
            )
    positive = target.names[1]
    selected, recalls = (
        _values(assessment.rates, "selection_rate", positive),
        _values(assessment.rates, "recall", positive),
    )
    everyone = len(np.unique(labels))
    if len(selected) == everyone:
        ratio = min(selected.values()) / max(selected.values())
        _keep(
            found,
            "selection_rate: least over most",
            "fairlearn demographic_parity_ratio",
            ratio,
            float(demographic_parity_ratio(**told)),
        )
    if len(recalls) == everyone:
        difference, theirs = (
            max(recalls.values()) - min(recalls.values()),
            float(equal_opportunity_difference(**told)),
        )
        _keep(
            found,
            "recall of the positive class",
            "fairlearn equal_opportunity_difference",
            difference,
            theirs,
        )


def _values(
    rates: list[GroupRate],
    metric: str,
    of_class: str | None = None,
    comparison: Comparison = "value",
) -> dict[str, float]:
    values = {
        rate.group: rate.estimates[comparison].value
        for rate in rates
        if (rate.metric, rate.of_class) == (metric, of_class) and comparison in rate.estimates
    }
    return {group: value for group, value in values.items() if value is not None}


def _note(
    found: Differences,
    metric: str,
    counterpart: str,
    rates: list[GroupRate],
    theirs: Mapping[str, float],
    of_metric: str,
    of_class: str | None = None,
) -> None:
    for group, value in _values(rates, of_metric, of_class).items():
        _keep(found, metric, counterpart, value, theirs[group])


def _keep(found: Differences, metric: str, counterpart: str, ours: float, theirs: float) -> None:
    if np.isnan(ours) and np.isnan(theirs):
        return
    key = (metric, counterpart)
    found[key] = max(found.get(key, 0.0), abs(ours - theirs))


if __name__ == "__main__":
    main()
