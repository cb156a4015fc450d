"""Rates of invented predictions, and how to find one of them."""

from __future__ import annotations

import numpy as np

from shared.contract import UNKNOWN
from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.parity import CRITERIA, CriterionAssessment, Difference, measure_criterion
from shared.fairness.gaps.rates import assess_rates
from shared.fairness.gaps.row_rates import row_rates
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.run.artefacts.calibration_file import SetRule
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions

__all__ = ["BINARY", "criterion_of", "largest", "rates_of", "sites", "two_classes", "values"]

BINARY = Categories(names=("benign", "malignant"))


def rates_of(
    target: Target,
    test: Predictions,
    labels: np.ndarray,
    min_group_size: int = 20,
    rule: SetRule | None = None,
    *,
    privacy_size: int = 0,
) -> list[GroupRate]:
    groups = tuple(sorted(set(labels.tolist()) - {UNKNOWN}))
    grouped = GroupedErrors.of(Attribute("site", labels, groups), test.entities, {}, {})
    sized = SizedGroups.of(grouped, min_group_size, privacy_size=privacy_size)
    return assess_rates(row_rates(target, test, rule), sized, Resampling(100, 0.95, (0,)))


def values(rates: list[GroupRate], metric: str, of_class: str | None = None) -> dict[str, float]:
    return {
        r.group: r.value.value
        for r in rates
        if (r.metric, r.of_class) == (metric, of_class)
        and r.value is not None
        and r.value.value is not None
    }


def criterion_of(rates: list[GroupRate], name: str) -> CriterionAssessment:
    found = measure_criterion(
        next(criterion for criterion in CRITERIA if criterion.name == name), rates
    )
    assert found is not None
    return found


def largest(rates: list[GroupRate], criterion: str) -> Difference:
    found = criterion_of(rates, criterion).largest
    assert found is not None
    return found


def sites(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, 4]).choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])


def two_classes(seed: int, n: int = 400) -> Predictions:
    generator = np.random.default_rng(seed)
    targets = (generator.random(n) < 0.4).astype(np.int64)
    scores = generator.normal(size=(n, 2)).astype(np.float32)
    scores[np.arange(n), targets] += 1.0
    return Predictions(np.arange(n).astype(str), (np.arange(n) // 2).astype(str), targets, scores)
