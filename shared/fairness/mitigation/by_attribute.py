"""The mitigations of a run's attributes, from its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.groups.attributes import Attribute, group_labels
from shared.fairness.groups.grouped_errors import GroupSize
from shared.fairness.mitigation.postprocessing import (
    GroupedScores,
    Mitigation,
    postprocessing_mitigations,
)
from shared.fairness.mitigation.small_rates import ComparedRows
from shared.fairness.mitigation.tradeoff import Price, compare_mitigations
from shared.fairness.mitigation.trained_decisions import TrainedDecisions, read_trained_decisions
from shared.run.artefacts.calibration_file import read_calibrated_predictions
from shared.run.artefacts.fairness.mitigations import MitigationRecord
from shared.run.artefacts.prediction_files import read_folds
from shared.run.context import StageContext
from shared.run.files import GROUP_PREFIX, TRAIN_SPLIT, VAL_SPLIT
from shared.shared_names import shared_names
from shared.statistics.streams import Stream
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["mitigations_by_attribute"]

_TRAINED = {
    "reweighing": "trained with reweighing",
    "balanced_sampling": "trained with balanced sampling",
    "group_dro": "trained with group DRO",
}


@dataclass(frozen=True)
class _Groups:
    """Groups that are compared, and those that are shown though they are too small for that."""

    tested: frozenset[str]
    small: frozenset[str]

    @classmethod
    def of(cls, sizes: Sequence[GroupSize]) -> _Groups:
        tested = frozenset(size.group for size in sizes if size.is_tested)
        return cls(tested, frozenset(size.group for size in sizes if size.is_shown) - tested)


def mitigations_by_attribute(
    context: StageContext,
    target: Categories,
    test: Predictions,
    attributes: Sequence[Attribute],
    sizes: Mapping[str, Sequence[GroupSize]],
) -> dict[str, list[MitigationRecord]]:
    """Attribute -> its mitigations, for those with two groups that are large enough to compare.

    None in a cross-validation, which leaves no rows to choose them on.

    Args:
        context: A run with splits and calibrated predictions.
        target: The kind of target.
        test: Calibrated test predictions.
        attributes: Aligned with `test`.
        sizes: Attribute -> the sizes of its groups.
    """
    if read_folds(context.run, "test") is not None:
        return {}
    train_table = context.run.read_table(TRAIN_SPLIT)
    val_table = context.run.read_table(VAL_SPLIT)
    val = read_calibrated_predictions(context.run, "val")
    trained = read_trained_decisions(context, target)
    by_attribute = {}
    for attribute in attributes:
        name = attribute.name
        groups = _Groups.of(sizes.get(name, ()))
        if len(groups.tested) < 2 or GROUP_PREFIX + name not in val_table:
            continue
        by_attribute[name] = _compare(
            context,
            target,
            _compared(val, group_labels(val_table, name, val.ids), groups),
            _compared(test, attribute.labels, groups),
            counts=_class_counts(train_table, name, groups.tested, len(target.names)),
            trained=_trained(trained, name, val, test),
        )
    return by_attribute


def _compare(
    context: StageContext,
    target: Categories,
    val: ComparedRows,
    test: ComparedRows,
    *,
    counts: dict[str, NDArray[np.int64]],
    trained: list[Mitigation],
) -> list[MitigationRecord]:
    """Those after training, and those while training, of one attribute."""
    mitigations = postprocessing_mitigations(
        target,
        counts,
        GroupedScores.of(val.predictions, val.labels),
        GroupedScores.of(test.predictions, test.labels),
        context.config.train.seed,
    )
    return compare_mitigations(target, [*mitigations, *trained], val, test, _price(context))


def _compared(predictions: Predictions, labels: NDArray[np.str_], groups: _Groups) -> ComparedRows:
    return ComparedRows.of(predictions, _only(labels, groups.tested), _only(labels, groups.small))


def _price(context: StageContext) -> Price:
    settings = AssessmentSettings.of_run(context.config)
    return Price(
        largest=context.config.evaluate.largest_mitigation_price,
        min_group_size=settings.min_group_size,
        # That of the metrics: the deployed decisions then have the interval of `metrics.json`, and
        # equal decisions have equal ones.
        resampling=settings.of_stream(Stream.METRICS).resampling,
        privacy_size=settings.privacy_size,
    )


def _trained(
    trained: list[TrainedDecisions], attribute: str, val: Predictions, test: Predictions
) -> list[Mitigation]:
    """Those of an attribute, by method, under the names that people read."""
    by_method = {each.method: each for each in trained if each.attribute == attribute}
    return [
        Mitigation(
            method=name,
            strength=None,
            val=by_method[method].of("val", val.ids),
            test=by_method[method].of("test", test.ids),
            needs_group=False,
        )
        for method, name in _TRAINED.items()
        if method in by_method
    ]


def _only(labels: NDArray[np.str_], kept: Set[str]) -> NDArray[np.str_]:
    """All other groups count as unknown."""
    return np.where(np.isin(labels, sorted(kept)), labels, UNKNOWN)


def _class_counts(
    table: pd.DataFrame, attribute: str, tested: Set[str], num_classes: int
) -> dict[str, NDArray[np.int64]]:
    labels = group_labels(table, attribute, shared_names(table["id"]))
    targets = table["target"].to_numpy(dtype=np.int64)
    return {
        group: np.bincount(targets[labels == group], minlength=num_classes)
        for group in sorted(tested)
    }
