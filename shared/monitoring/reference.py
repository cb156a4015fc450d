"""The test split of a run as the deployed model answers it: what new rows are compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets
from shared.monitoring.scored_rows import ScoredRows
from shared.run.artefacts.calibration_file import CalibrationRecord, read_calibrated_predictions
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import read_predictions
from shared.run.directory import RunDirectory
from shared.run.files import GROUP_PREFIX, TEST_SPLIT
from shared.targets import Categories
from shared.targets.ood import ood_score
from shared.targets.predictions import Predictions

__all__ = ["pool_small_groups", "read_reference"]

_OTHER_GROUPS = "other groups"


def read_reference(run: RunDirectory) -> ScoredRows:
    """The test predictions, calibrated, and each rule of the deployed model on them.

    Raises:
        MissingArtefactError: The run lacks predictions or calibration.
    """
    record = CalibrationRecord.read(run)
    raw = read_predictions(run, "test")
    calibrated = read_calibrated_predictions(run, "test")
    stranger = None
    is_ood = None
    if record.ood is not None:
        stranger = ood_score(record.ood.score, raw)
        is_ood = np.logical_not(stranger <= record.ood.threshold)
    return ScoredRows(
        ids=raw.ids,
        entities=raw.entities,
        scores=calibrated.scores,
        targets=raw.targets,
        ood_scores=stranger,
        is_ood=is_ood,
        groups=_read_groups(run, raw.ids),
        **_rules(run, record, calibrated),
    )


def pool_small_groups(
    reference: ScoredRows, new: ScoredRows, least: int
) -> tuple[ScoredRows, ScoredRows]:
    """Both sides, where groups of fewer than `least` test rows have one name together.

    Which ones that are depends on the test split alone, so that every batch has the same groups. An
    attribute of which a batch has fewer rows of a group is left out of that batch.

    Args:
        reference: The test split.
        new: The new rows.
        least: `evaluate.privacy_group_size`; 0 names all.
    """
    if least == 0:
        return reference, new
    ours = reference.groups.copy()
    theirs = new.groups.copy()
    for name in ours.columns.intersection(theirs.columns):
        counts = ours[name].value_counts()
        kept = counts.index[counts >= least]
        ours[name] = ours[name].where(ours[name].isin(kept), _OTHER_GROUPS)
        theirs[name] = theirs[name].where(theirs[name].isin(kept), _OTHER_GROUPS)
        if int(theirs[name].value_counts().min()) < least:
            theirs = theirs.drop(columns=name)
    return replace(reference, groups=ours), replace(new, groups=theirs)


def _read_groups(run: RunDirectory, ids: NDArray[np.str_]) -> pd.DataFrame:
    table = run.read_table(TEST_SPLIT)
    names = [name for name in table.columns if name.startswith(GROUP_PREFIX)]
    groups = table.set_axis(table["id"].astype(str), axis=0)[names].reindex(ids.tolist())
    return groups.rename(columns=lambda name: name.removeprefix(GROUP_PREFIX)).reset_index(
        drop=True
    )


def _rules(run: RunDirectory, record: CalibrationRecord, calibrated: Predictions) -> dict[str, Any]:
    """Sets and abstention, as the deployed graph has them; None where it has none."""
    target = record.deciding(DataRecord.read(run).target)
    if not isinstance(target, Categories):
        return {"abstains": None, "in_set": None}
    if record.sets is None:
        return {"abstains": None, "in_set": None}
    probabilities = target.probabilities(calibrated.scores)
    decided = target.decide(calibrated.scores)
    thresholds = np.array(record.sets.thresholds)
    below = np.inf if record.abstain_below is None else record.abstain_below
    return {
        "abstains": ~(target.confidence(calibrated.scores) >= below),
        "in_set": class_sets(probabilities, thresholds, decided),
    }
