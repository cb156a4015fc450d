"""Random tables, each assessed by us and by the libraries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.fairness_counterparts.counterparts import (
    AssessedTable,
    compare_areas,
    compare_parity,
    compare_rates,
)
from benchmarks.fairness_counterparts.differences import Differences
from benchmarks.fairness_counterparts.error_counterparts import compare_errors
from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.attribute import assess_attribute
from shared.fairness.evaluated_split import EvaluatedSplit
from shared.fairness.gaps.ranking import ranking_rates
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["largest_differences"]

_SETTINGS = AssessmentSettings(
    min_group_size=2,
    permutations=19,
    margin=0.05,
    alpha=0.05,
    resampling=Resampling(20, 0.95, (0,)),
)


def largest_differences(num_tables: int) -> dict[tuple[str, str], float]:
    """Over the tables of the first seeds: (our number, its counterpart) -> largest difference."""
    found = Differences()
    for seed in range(num_tables):
        table = _assess(*_draw(seed))
        compare_errors(found, table)
        compare_rates(found, table)
        compare_areas(found, table)
        if len(table.target.names) == 2:
            compare_parity(found, table)
    return found.largest


def _assess(target: Categories, test: Predictions, labels: NDArray[np.str_]) -> AssessedTable:
    groups = tuple(np.unique(labels).tolist())
    split = EvaluatedSplit.of(target, test, None)
    attribute = Attribute("site", labels, groups)
    grouped = GroupedErrors.of(attribute, test.entities, split.errors, split.bounds)
    assessment = assess_attribute(split, attribute, grouped, _SETTINGS, groups[0])
    areas = ranking_rates(target, test, assessment.groups, _SETTINGS.resampling)
    return AssessedTable(target, test, labels, assessment, areas)


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
