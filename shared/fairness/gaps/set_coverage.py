"""Whether conformal sets keep their promise to every group, and what sets of each group's own would give.

The deployed sets promise coverage over everybody; a group can be far below. Thresholds of each
group's own ("Mondrian" sets: Vovk, Gammerman & Shafer 2005, section 4.5) keep the promise within
each group, at the price of larger sets where the model knows less. They are shown, not deployed: a
client would have to send the group.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets, set_thresholds
from shared.calibration.fit import cross_fitted_scores
from shared.contract import UNKNOWN
from shared.fairness.gaps.assessment import Assessment
from shared.fairness.groups.attributes import PREFIX, Attribute, group_labels
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
    SetRule,
)
from shared.run.artefacts.prediction_files import read_predictions
from shared.run.context import StageContext
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.statistics.shares import clustered_share
from shared.statistics.streams import Stream
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions

__all__ = ["GroupedSets", "group_set_coverage", "rows_needed", "set_coverage_tables"]


@dataclass(frozen=True)
class GroupedSets:
    """What sets of a group's own are fitted on.

    Attributes:
        rule: The deployed one.
        probabilities: (n, classes) of validation, from maps that did not see the row.
        targets: (n,) int64 true classes.
        labels: (n,) str group of each.
    """

    rule: SetRule
    probabilities: NDArray[np.float64]
    targets: NDArray[np.int64]
    labels: NDArray[np.str_]


def set_coverage_tables(
    context: StageContext,
    target: Target,
    test: Predictions,
    attributes: Sequence[Attribute],
    found: Mapping[str, Assessment],
) -> dict[str, dict[str, Any]]:
    """Attribute -> `group_set_coverage` of its groups that are large enough to speak of.

    Those of people only.

    Nothing for forecasts, and in a cross-validation, which chooses no sets.

    Args:
        context: A run with splits and predictions.
        target: What is predicted.
        test: Calibrated test predictions.
        attributes: Aligned with `test`.
        found: What was measured of each.
    """
    rule, people = (
        CalibrationRecord.read(context.run).sets,
        [attribute for attribute in attributes if attribute.about == "people"],
    )
    if rule is None or not isinstance(target, Categories) or not people:
        return {}
    val, splits = (
        read_predictions(context.run, "val"),
        context.run.read_table("splits/val.parquet", maker="data"),
    )
    finite = val.take(np.flatnonzero(np.isfinite(val.scores).all(axis=1)))
    settings, seed = context.config, context.config.train.seed
    probabilities = target.probabilities(
        cross_fitted_scores(settings.calibrate.method, target, finite, seed)
    )
    tables = {}
    for position, attribute in enumerate(people):
        shown = (
            [size.group for size in found[attribute.name].sizes if not size.suppressed]
            if attribute.name in found
            else []
        )
        if shown and PREFIX + attribute.name in splits:
            fitted = GroupedSets(
                rule,
                probabilities,
                finite.targets,
                group_labels(splits, attribute.name, finite.ids),
            )
            resampling = Resampling(
                settings.evaluate.resamples,
                settings.evaluate.confidence,
                (seed, Stream.SET_COVERAGE, position),
            )
            groups = [group for group in shown if group != UNKNOWN]
            rows = group_set_coverage(
                target,
                test,
                attribute.labels,
                groups,
                fitted,
                settings.evaluate.min_group_size,
                resampling,
            )
            tables[attribute.name] = {"promised": rule.coverage, "groups": rows}
    return tables


def group_set_coverage(
    target: Categories,
    test: Predictions,
    labels: NDArray[np.str_],
    groups: Sequence[str],
    fitted: GroupedSets,
    min_group_size: int,
    resampling: Resampling,
) -> list[dict[str, Any]]:
    """For each group how often the deployed sets hold the truth and how large they are, beside sets of its own.

    Args:
        target: What is predicted.
        test: Calibrated test predictions.
        labels: (n,) str group of each.
        groups: Those that are large enough to speak of.
        fitted: The validation split.
        min_group_size: Validation rows below which a group gets no threshold of its own.
        resampling: Of entities.

    Returns:
        For each group `group`, `deployed` and `own` (each `coverage` with n and interval,
        `mean_size` with interval), `num_val`, and `reason`: why it has no sets of its own (`own` is
        then null), empty if it has.
    """
    probabilities = target.probabilities(test.scores)
    deployed = class_sets(probabilities, np.asarray(fitted.rule.thresholds))
    rows = []
    for group in groups:
        part, inside = np.flatnonzero(labels == group), fitted.labels == group
        reason = _too_few(fitted, inside, min_group_size)
        own = None
        if not reason:
            chosen = (fitted.probabilities[inside], fitted.targets[inside])
            thresholds = set_thresholds(
                *chosen, fitted.rule.coverage, by_class=fitted.rule.by == "class"
            )
            own = _measured(
                class_sets(probabilities[part], thresholds), test.take(part), resampling
            )
        rows.append(
            {
                "group": group,
                "num_val": int(inside.sum()),
                "reason": reason,
                "deployed": _measured(deployed[part], test.take(part), resampling),
                "own": own,
            }
        )
    return rows


def rows_needed(coverage: float) -> int:
    """The fewest validation rows whose threshold can promise this coverage.

    Below it, every class would be in every set.
    """
    return math.ceil(coverage / (1.0 - coverage) - 1e-9)


def _too_few(fitted: GroupedSets, inside: NDArray[np.bool_], min_group_size: int) -> str:
    needed, num_rows, rule = (
        max(min_group_size, rows_needed(fitted.rule.coverage)),
        int(inside.sum()),
        fitted.rule,
    )
    if num_rows < needed:
        return (
            f"{num_rows} validation rows, of which {needed} are needed for a threshold of its own"
        )
    if rule.by == "all":
        return ""
    fewest = int(np.bincount(fitted.targets[inside], minlength=fitted.probabilities.shape[1]).min())
    needed = rows_needed(rule.coverage)
    return (
        f"{fewest} validation rows of one class, of which {needed} are needed for each"
        if fewest < needed
        else ""
    )


def _measured(sets: NDArray[np.bool_], test: Predictions, resampling: Resampling) -> dict[str, Any]:
    holds = sets[np.arange(len(test)), test.targets].astype(np.float64)
    codes, num_entities = entity_codes(test.entities)
    coverage = clustered_share(holds, codes, resampling.confidence).model_dump()
    measure = Measure("mean_size", num_entities, 1.0, float(sets.shape[1]))
    statistic = mean_statistic(
        [measure], sets.sum(axis=1, keepdims=True).astype(np.float64), codes, num_entities
    )
    return {
        "coverage": coverage,
        "mean_size": estimates([statistic], num_entities, resampling)["mean_size"].model_dump(),
    }
