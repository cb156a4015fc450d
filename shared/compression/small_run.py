"""The folder of a smaller model, which `compare` reads like a run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from shared.calibration.calibrate import calibrate_stage
from shared.run.artefacts.prediction_files import write_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG, DATA, TEST_SPLIT, VAL_SPLIT
from shared.targets.predictions import Predictions

__all__ = ["write_small_run"]

_THE_SAME = (CONFIG, DATA, VAL_SPLIT, TEST_SPLIT)


def write_small_run(
    context: StageContext, folder: Path, predictions: Mapping[str, Predictions]
) -> RunDirectory:
    """Write what the full model's run has too, the smaller model's predictions, and calibrate it.

    On validation and by the same code, so that neither model is better tuned than the other.

    Args:
        context: Of the full model's run.
        folder: Of the smaller one; it exists.
        predictions: Of `val` and `test`.
    """
    small = RunDirectory(folder)
    for name in _THE_SAME:
        with small.replacing(name) as path:
            shutil.copyfile(context.run.require(name), path)
    for split, rows in predictions.items():
        write_predictions(small, split, rows)
    calibrate_stage(replace(context, run=small))
    return small
