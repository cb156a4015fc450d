"""Whether conformal sets have their nominal coverage in every group, or other sets would.

The deployed sets have their nominal coverage over everybody; a group can be far below. Thresholds
of each group's own ("Mondrian" sets: Vovk, Gammerman & Shafer 2005, section 4.5) have it within
each group, at the price of larger sets where the model knows less. They are shown, not deployed: a
client would have to send the group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets, rows_needed, set_thresholds
from shared.calibration.fit import cross_fitted_scores
from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.groups.attributes import Attribute, group_labels
from shared.fairness.groups.grouped_errors import GroupSize
from shared.run.artefacts.calibration_file import CalibrationRecord, SetRule
from shared.run.artefacts.fairness.mitigations import GroupSetsRecord, SetCoverageRecord, SetsRecord
from shared.run.artefacts.prediction_files import read_predictions
from shared.run.context import StageContext
from shared.run.files import GROUP_PREFIX, VAL_SPLIT
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.statistics.shares import clustered_share
from shared.statistics.streams import Stream
from shared.targets import Categories, Target
from shared.targets.calibration import WidthFactors
from shared.targets.predictions import Predictions

__all__ = ["ValidationRows", "group_set_coverage", "set_coverage_tables"]


@dataclass(frozen=True)
class ValidationRows:
    """What sets of a group's own are fitted on.

    Attributes:
        rule: The deployed one.
        probabilities: (n, classes) of validation, from maps that did not see the row.
        targets: (n,) int64 true classes.
        labels: (n,) str group of each.
        min_group_size: Rows below which a group gets no threshold of its own.
    """

    rule: SetRule
    probabilities: NDArray[np.float64]
    targets: NDArray[np.int64]
    labels: NDArray[np.str_]
    min_group_size: int


def set_coverage_tables(
    context: StageContext,
    target: Target,
    test: Predictions,
    attributes: Sequence[Attribute],
    sizes: Mapping[str, Sequence[GroupSize]],
) -> dict[str, SetCoverageRecord]:
    """Attribute -> `group_set_coverage` of its groups that are large enough to speak of.

    Nothing for forecasts, and in a cross-validation, which chooses no sets.

    Args:
        context: A run with splits and predictions.
        target: What is predicted.
        test: Calibrated test predictions.
        attributes: Of people, aligned with `test`.
        sizes: Attribute -> the sizes of its groups.
    """
    rule = CalibrationRecord.read(context.run).sets
    if rule is None or not isinstance(target, Categories) or not attributes:
        return {}
    splits = context.run.read_table(VAL_SPLIT)
    val, probabilities = _validation(context, target)
    settings = AssessmentSettings.of_run(context.config)
    tables = {}
    for position, attribute in enumerate(attributes):
        groups = sizes.get(attribute.name, ())
        if all(size.suppressed for size in groups) or GROUP_PREFIX + attribute.name not in splits:
            continue
        shown = [size.group for size in groups if size.is_shown]
        fitted = ValidationRows(
            rule=rule,
            probabilities=probabilities,
            targets=val.targets,
            labels=group_labels(splits, attribute.name, val.ids),
            min_group_size=settings.min_group_size,
        )
        resampling = settings.of_stream(Stream.SET_COVERAGE, position).resampling
        rows = group_set_coverage(target, test, attribute.labels, shown, fitted, resampling)
        tables[attribute.name] = SetCoverageRecord(nominal=rule.coverage, groups=tuple(rows))
    return tables


def group_set_coverage(
    target: Categories,
    test: Predictions,
    labels: NDArray[np.str_],
    groups: Sequence[str],
    fitted: ValidationRows,
    resampling: Resampling,
) -> list[GroupSetsRecord]:
    """For each group, how often the deployed sets hold the truth, beside sets of its own.

    Args:
        target: What is predicted.
        test: Calibrated test predictions.
        labels: (n,) str group of each.
        groups: Those that are large enough to speak of.
        fitted: The validation split.
        resampling: Of entities.
    """
    decided = target.decide(test.scores)
    probabilities = target.probabilities(test.scores)
    deployed = class_sets(probabilities, np.asarray(fitted.rule.thresholds), decided)
    rows = []
    for group in groups:
        tested = np.flatnonzero(labels == group)
        of_group = test.take(tested)
        inside = fitted.labels == group
        own = None
        if not (reason := _too_few(fitted, inside)):
            thresholds = _own_thresholds(fitted, inside)
            sets = class_sets(probabilities[tested], thresholds, decided[tested])
            own = _measured(sets, of_group, resampling)
        record = GroupSetsRecord(
            group=group,
            num_val=int(inside.sum()),
            reason=reason,
            deployed=_measured(deployed[tested], of_group, resampling),
            own=own,
        )
        rows.append(record)
    return rows


def _validation(
    context: StageContext, target: Categories
) -> tuple[Predictions, NDArray[np.float64]]:
    """Validation rows with finite scores, and (n, classes) probabilities by maps without them."""
    val = read_predictions(context.run, "val")
    finite = val.take(np.flatnonzero(np.isfinite(val.scores).all(axis=1)))
    scores = finite.scores
    deployed = CalibrationRecord.read(context.run).calibration
    if not isinstance(deployed, WidthFactors):
        scores = cross_fitted_scores(deployed.kind, target, finite, context.config.train.seed)
    return finite, target.probabilities(scores)


def _own_thresholds(fitted: ValidationRows, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    return set_thresholds(
        fitted.probabilities[inside],
        fitted.targets[inside],
        fitted.rule.coverage,
        by_class=fitted.rule.by == "class",
    )


def _too_few(fitted: ValidationRows, inside: NDArray[np.bool_]) -> str:
    """Why a group gets no thresholds of its own; empty if it gets them."""
    num_rows = int(inside.sum())
    for_one = rows_needed(fitted.rule.coverage)
    for_group = max(fitted.min_group_size, for_one)
    if num_rows < for_group:
        return (
            f"{num_rows} validation rows, of which {for_group} are needed for a threshold of its"
            " own"
        )
    if fitted.rule.by == "all":
        return ""
    num_classes = fitted.probabilities.shape[1]
    fewest = int(np.bincount(fitted.targets[inside], minlength=num_classes).min())
    if fewest >= for_one:
        return ""
    return f"{fewest} validation rows of one class, of which {for_one} are needed for each"


def _measured(sets: NDArray[np.bool_], test: Predictions, resampling: Resampling) -> SetsRecord:
    holds = sets[np.arange(len(test)), test.targets].astype(np.float64)
    codes, num_entities = entity_codes(test.entities)
    measure = Measure("mean_size", num_entities, 1.0, float(sets.shape[1]))
    sizes = sets.sum(axis=1, keepdims=True).astype(np.float64)
    statistic = mean_statistic([measure], sizes, codes, num_entities)
    mean_size = estimates([statistic], num_entities, resampling)["mean_size"]
    coverage = clustered_share(holds, codes, resampling.confidence)
    return SetsRecord(coverage=coverage, mean_size=mean_size)
