"""The test split as the evaluate stage reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.measure import observed_rows, score_problem
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.calibration_file import CalibrationRecord, read_calibrated_predictions
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import (
    read_baselines,
    read_folds,
    read_predictions,
    read_testing_folds,
)
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.targets import Target
from shared.targets.predictions import Predictions

__all__ = ["TestedSplit", "read_tested_split"]


@dataclass(frozen=True)
class TestedSplit:
    """The test split as the stage reads it.

    Attributes:
        data: What the data stage recorded.
        record: What validation chose.
        raw: Scores as the network emits them, of the rows that have something to compare with.
        calibrated: The same rows as the deployed model answers.
        val: Likewise, of the validation split.
        fitted: Baseline that the pipeline fits in closed form -> its scores of the test rows.
        folds: (n,) int64: which fold tests each row; None without a cross-validation.
        deployed_baseline: Name of the baseline that is deployed, which is none of itself.
    """

    data: DataRecord
    record: CalibrationRecord
    raw: Predictions
    calibrated: Predictions
    val: Predictions
    fitted: Mapping[str, Predictions]
    folds: NDArray[np.int64] | None
    deployed_baseline: str | None

    @property
    def measurable(self) -> dict[str, Predictions]:
        """Fitted baselines whose scores are finite, but for the one that is deployed."""
        return {
            name: found
            for name, found in self.fitted.items()
            if name != self.deployed_baseline and not score_problem(found)
        }

    @property
    def target(self) -> Target:
        """What is predicted, as the deployed model decides for it."""
        return self.record.deciding(self.data.target)


def read_tested_split(context: StageContext) -> TestedSplit:
    """Read it from a run's directory."""
    run = context.run
    data = DataRecord.read(run)
    blend = BlendRecord.read(run)
    record = CalibrationRecord.read(run)
    network = read_predictions(run, "test")
    deployed = record.calibrate(network, read_testing_folds(run, "test"))
    raw = observed_rows(data.target, network)
    calibrated = observed_rows(data.target, deployed)
    val = observed_rows(data.target, read_calibrated_predictions(run, "val"))
    return TestedSplit(
        data=data,
        record=record,
        raw=raw,
        calibrated=_of_same_rows(calibrated, raw),
        val=val,
        fitted=_read_fitted(run, data.target, raw),
        folds=read_folds(run, "test"),
        deployed_baseline=blend.floor if blend.deployed == "floor" else None,
    )


def _read_fitted(run: RunDirectory, target: Target, raw: Predictions) -> dict[str, Predictions]:
    fitted = {name: observed_rows(target, found) for name, found in read_baselines(run).items()}
    return {name: _of_same_rows(found, raw) for name, found in fitted.items()}


def _of_same_rows(scored: Predictions, known: Predictions) -> Predictions:
    """Scores beside the very arrays of the other predictions, so that rows are held once."""
    same = {"ids": known.ids, "entities": known.entities, "targets": known.targets}
    is_same = len(scored) == len(known) and bool((scored.ids == known.ids).all())
    return replace(scored, **same, forecast=known.forecast) if is_same else scored
