"""Runs of tiny pipelines whose train stage has just finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from shared.config import DataConfig, RunConfig, TrainConfig
from shared.contract import Pipeline, Provenance, Splits
from shared.model.trained_model import TrainedModel
from shared.prediction.feature_statistics import fit_feature_distance
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
    SetRule,
)
from shared.run.artefacts.feature_distance import write_feature_distance
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.targets import Categories, Target
from shared.targets.calibration import Temperature, WidthFactors
from shared.targets.ood import OodRule

__all__ = ["ModelBuilder", "RecordingProgress", "never", "provenance", "trained"]


_SIGNAL_RULES = CalibrationRecord(
    n=20,
    num_entities=20,
    calibration=Temperature(temperature=2.5),
    sets=SetRule(coverage=0.9, by="class", thresholds=(0.3, 0.33, 0.35)),
    max_error_share=0.05,
    abstain_below=0.36,
)
_FORECAST_RULES = CalibrationRecord(
    n=20, num_entities=20, calibration=WidthFactors(factors=((1.5, 0.5), (2.0, 1.0), (0.25, 3.0)))
)

ModelBuilder = Callable[[Any, Target], keras.Model]


class RecordingProgress(SilentProgress):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def log(self, message: str) -> None:
        self.lines.append(message)


def trained(folder: Path, pipeline: Pipeline, splits: Splits) -> StageContext:
    config = RunConfig(data=DataConfig(), train=TrainConfig(batch_size=5))
    keras.utils.set_random_seed(0)
    run = RunDirectory(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = TrainedModel(
        pipeline.decode(config),
        pipeline.preprocess(config, splits.train),
        pipeline.model(config, splits.target),
        config.train.batch_size,
    )
    model.preprocess.save(folder / "preprocess.keras")
    model.model.save(folder / "model.keras")
    record = _SIGNAL_RULES if isinstance(splits.target, Categories) else _FORECAST_RULES
    rule = _write_feature_statistics(run, model, splits)
    record.model_copy(update={"ood": rule}).write(run)
    return StageContext(pipeline, config, run, SilentProgress(), lambda: splits)


def _write_feature_statistics(
    run: RunDirectory, model: TrainedModel, splits: Splits
) -> OodRule | None:
    """What predict and calibrate leave behind.

    The threshold is in the middle of the training split.
    """
    features = model.answer_rows(
        model.decode_rows(splits.train.rows(np.arange(len(splits.train))))
    ).features
    feature_statistics = (
        None
        if features is None
        else fit_feature_distance(features, np.zeros(len(splits.train), np.int64))
    )
    write_feature_distance(run, feature_statistics)
    if feature_statistics is None or features is None:
        return None
    threshold = float(np.median(feature_statistics.measure(features)))
    return OodRule(
        score="distance", in_distribution_share=0.5, threshold=threshold, n=len(features)
    )


def provenance(*, synthetic: bool) -> Provenance:
    return Provenance("tiny", "demo", "1", "Apache-2.0", "", "0", synthetic=synthetic)


def never(*_: Any) -> Any:
    raise AssertionError("the serving stages must not ask for this")
