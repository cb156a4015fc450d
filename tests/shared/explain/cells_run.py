"""A tiny run whose class is whether one cell is bright, for tests of its explanations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config import EvaluateConfig, ExplainConfig, RunConfig
from shared.contract import Axis, Examples, Inputs, Pipeline, Provenance, Rows, Segments, Splits
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.prediction_files import write_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.targets import Categories
from shared.targets.calibration import Uncalibrated
from shared.targets.decision import DecisionRule, MostProbable
from shared.targets.predictions import Predictions

__all__ = ["NUM_CELLS", "PIPELINE", "cells_run", "cells_segments"]

NUM_CELLS = 6
_MOST_PROBABLE = MostProbable()
_CONFIG = RunConfig(
    explain=ExplainConfig(num_examples=6, max_evaluations=64),
    evaluate=EvaluateConfig(resamples=100),
)


def _examples(part: str, num_rows: int, only_class: int | None) -> Examples:
    """The class is whether cell 2 is bright; nothing else matters."""
    generator = np.random.default_rng(num_rows)
    targets = np.arange(num_rows, dtype=np.int64) % 2
    if only_class is not None:
        targets = np.full(num_rows, only_class, dtype=np.int64)
    signal = generator.normal(size=(num_rows, NUM_CELLS)).astype(np.float32) * 0.1
    signal[:, 2] += np.where(targets == 1, 2.0, -2.0)
    ids = np.array([f"{part}-{index}" for index in range(num_rows)])
    known = np.eye(NUM_CELLS, dtype=np.float32)[2]
    groups = pd.DataFrame({"site": ["x"] * num_rows})
    return Examples(
        ids,
        ids,
        targets,
        groups,
        lambda indices: {"signal": signal[indices]},
        ground_truth=lambda _: known,
    )


def _splits(only_class: int | None) -> Splits:
    provenance = Provenance("cells", "demo", "1", "CC0-1.0", "", "0" * 64, synthetic=True)
    target = Categories(names=("dark", "bright"))
    return Splits(
        _examples("train", 8, None),
        _examples("val", 4, only_class),
        _examples("test", 12, only_class),
        target,
        provenance,
    )


def cells_segments(_: Any, row: Rows) -> Segments:
    signal = row["signal"]
    starts = np.arange(NUM_CELLS, dtype=np.float64)

    def mask(keep: NDArray[np.bool_]) -> Rows:
        return {"signal": np.where(keep, signal, 0.0).astype(np.float32)}

    return Segments(
        names=tuple(f"cell {index}" for index in range(NUM_CELLS)),
        axes=(Axis("time", "s"),),
        spans=np.stack([starts, starts + 1.0], axis=-1)[:, None, :],
        extent=np.array([[0.0, 6.0]]),
        canvas=signal[0],
        mask=mask,
    )


def _identity(_: Any) -> keras.Model:
    inputs = {"signal": keras.Input((NUM_CELLS,), name="signal")}
    return keras.Model(inputs, {"signal": keras.layers.Identity()(inputs["signal"])})


def _unused(*_: Any) -> Any:
    raise AssertionError("the explain stage must not call this")


PIPELINE = Pipeline(
    name="cells",
    title="Cells",
    config_type=RunConfig,
    load=_unused,
    synthesize=_unused,
    read_inputs=lambda *_: Inputs(np.array([], dtype=np.str_), _unused),
    decode=_identity,
    preprocess=_unused,
    model=_unused,
    segments=cells_segments,
    perturbations=_unused,
)


def cells_run(
    folder: Path,
    pipeline: Pipeline = PIPELINE,
    rule: DecisionRule = _MOST_PROBABLE,
    *,
    only_class: int | None = None,
) -> StageContext:
    """A run in a new folder; `only_class` is that of all validation and test rows."""
    run = RunDirectory(folder)
    folder.mkdir()
    _identity(None).save(folder / "preprocess.keras")
    inputs = keras.Input((NUM_CELLS,), name="signal")
    dense = keras.layers.Dense(2)
    model = keras.Model({"signal": inputs}, dense(keras.layers.Activation("tanh")(inputs)))
    weights = np.full((NUM_CELLS, 2), 0.01, np.float32)
    weights[2] = [-1.0, 1.0]
    dense.set_weights([weights, np.zeros(2, np.float32)])
    model.save(folder / "model.keras")
    CalibrationRecord(n=4, num_entities=4, calibration=Uncalibrated(), decision=rule).write(run)
    splits = _splits(only_class)
    test = splits.test
    scores = np.eye(2, dtype=np.float32)[test.targets]
    write_predictions(run, "test", Predictions(test.ids, test.entities, test.targets, scores))
    return StageContext(pipeline, _CONFIG, run, SilentProgress(), lambda: splits)
