"""The test rows one by one, as the deployed model answers: what figures of single rows are of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.evaluation.measure import observed_rows, score_problem
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
    read_calibrated_predictions,
)
from shared.run.artefacts.data.record import DataRecord
from shared.run.directory import RunDirectory
from shared.run.files import GROUP_PREFIX, TEST_SPLIT
from shared.shared_names import shared_names
from shared.targets import Target
from shared.targets.predictions import Predictions

__all__ = ["AnsweredRows", "read_answered_rows"]


@dataclass(frozen=True)
class AnsweredRows:
    """The test split.

    Attributes:
        target: As the deployed model decides for it.
        predictions: With calibrated scores, of the rows that have something to compare with.
        groups: Attribute -> (n,) str: the group of each row.
        is_finite: Whether all scores are numbers; else nothing can be drawn of them.
    """

    target: Target
    predictions: Predictions
    groups: dict[str, NDArray[np.str_]]
    is_finite: bool


def read_answered_rows(run: RunDirectory) -> AnsweredRows:
    """Read them from a run's directory.

    Raises:
        MissingArtefactError: A file is missing or damaged.
    """
    target = CalibrationRecord.read(run).deciding(DataRecord.read(run).target)
    predictions = observed_rows(target, read_calibrated_predictions(run, "test"))
    table = run.read_table(TEST_SPLIT)
    return AnsweredRows(
        target=target,
        predictions=predictions,
        groups=_groups(table, predictions.ids),
        is_finite=not score_problem(predictions),
    )


def _groups(table: pd.DataFrame, ids: NDArray[np.str_]) -> dict[str, NDArray[np.str_]]:
    names = [str(name) for name in table.columns if str(name).startswith(GROUP_PREFIX)]
    of_id = table.set_index(table["id"].astype(str))[names].reindex(ids.astype(str))
    return {
        name.removeprefix(GROUP_PREFIX): shared_names(of_id[name].fillna(UNKNOWN)) for name in names
    }
