"""The mitigations of a run's attributes, from its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.gaps.assessment import Assessment
from shared.fairness.groups.attributes import PREFIX, Attribute, group_labels
from shared.fairness.mitigation.mitigation import weigh_mitigations
from shared.fairness.mitigation.mitigations import GroupedScores, Mitigation, mitigations
from shared.fairness.mitigation.trained_mitigations import (
    TrainedMitigation,
    read_trained_mitigations,
)
from shared.run.artefacts.calibration_file import read_calibrated_predictions
from shared.run.artefacts.prediction_files import read_folds
from shared.run.context import StageContext
from shared.statistics.bootstrap import Resampling
from shared.statistics.streams import Stream
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["mitigation_tables"]

_TRAINED = {
    "reweighing": "trained with reweighing",
    "balanced_sampling": "trained with balanced sampling",
    "group_dro": "trained with group DRO",
}


def mitigation_tables(
    context: StageContext,
    target: Categories,
    test: Predictions,
    attributes: list[Attribute],
    found: Mapping[str, Assessment],
) -> dict[str, list[dict[str, Any]]]:
    """Attribute -> its mitigations, for those with at least two groups that are large enough to speak of.

    None in a cross-validation, which leaves no rows to choose them on.

    Args:
        context: A run with splits and calibrated predictions.
        target: The kind of target.
        test: Calibrated test predictions.
        attributes: Aligned with `test`.
        found: What was measured of each.
    """
    if read_folds(context.run, "test") is not None:
        return {}
    val = read_calibrated_predictions(context.run, "val")
    tables = {
        part: context.run.read_table(f"splits/{part}.parquet", maker="data")
        for part in ("train", "val")
    }
    settings, seed = context.config.evaluate, context.config.train.seed
    trained = read_trained_mitigations(context, target)
    result = {}
    for position, attribute in enumerate(attributes):
        shown = (
            {size.group for size in found[attribute.name].sizes if not size.suppressed}
            if attribute.name in found
            else set()
        )
        if len(shown - {UNKNOWN}) < 2 or PREFIX + attribute.name not in tables["val"]:
            continue
        labels = _only(attribute.labels, shown)
        val_labels = _only(group_labels(tables["val"], attribute.name, val.ids), shown)
        counts = _class_counts(tables["train"], attribute.name, shown, len(target.names))
        sides = (
            GroupedScores(val.scores, val.targets, val_labels),
            GroupedScores(test.scores, test.targets, labels),
        )
        result[attribute.name] = weigh_mitigations(
            target,
            [
                *mitigations(target, counts, *sides, seed),
                *_trained(trained, attribute.name, val, test),
            ],
            (val.targets, val_labels),
            test,
            labels,
            largest_price=settings.largest_mitigation_price,
            min_group_size=settings.min_group_size,
            resampling=Resampling(
                settings.resamples, settings.confidence, (seed, Stream.MITIGATIONS, position)
            ),
        )
    return result


def _trained(
    trained: list[TrainedMitigation], attribute: str, val: Predictions, test: Predictions
) -> list[Mitigation]:
    """Those of an attribute, by method, under the names that people read."""
    chosen = {
        mitigation.method: mitigation for mitigation in trained if mitigation.attribute == attribute
    }
    return [
        Mitigation(
            name,
            None,
            chosen[method].of("val", val.ids),
            chosen[method].of("test", test.ids),
            needs_group=False,
        )
        for method, name in _TRAINED.items()
        if method in chosen
    ]


def _only(labels: NDArray[np.str_], shown: set[str]) -> NDArray[np.str_]:
    """Groups that are too small to speak of count as unknown: no number may tell of them."""
    return np.where(np.isin(labels, sorted(shown)), labels, UNKNOWN)


def _class_counts(
    table: pd.DataFrame, attribute: str, shown: set[str], num_classes: int
) -> dict[str, NDArray[np.int64]]:
    labels, targets = (
        group_labels(table, attribute, table["id"].to_numpy(dtype=np.str_)),
        table["target"].to_numpy(dtype=np.int64),
    )
    return {
        group: np.bincount(targets[labels == group], minlength=num_classes)
        for group in sorted(shown - {UNKNOWN})
    }
