"""Two pipelines small enough to export in a second.

Signals in three classes from raw bytes, and a forecast from windows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import DataConfig, RunConfig, TrainConfig
from shared.contract import Examples, Inputs, Pipeline, Provenance, Rows, Splits
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
from shared.targets import Categories, Horizon, Target
from shared.targets.calibration import Temperature, WidthFactors
from shared.targets.ood import OodRule
from shared.targets.predictions import ForecastContext

__all__ = [
    "HORIZON",
    "SAMPLES",
    "SIGNALS",
    "ModelBuilder",
    "RecordingProgress",
    "forecast_context",
    "signal_bytes",
    "signal_context",
]

SAMPLES = 12
SIGNALS = Categories(names=("flat", "rising", "fällend"))
HORIZON = Horizon(steps=3, channels=("load", "heat"), unit="kW", step_seconds=3600, season_steps=4)
_WINDOW = 8

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


@keras.saving.register_keras_serializable(package="plumbline_tests")
class DecodeSignal(keras.layers.Layer):
    """Little-endian float32 bytes -> (batch, SAMPLES) float32.

    Bytes of another length are an error of the graph.
    """

    def call(self, inputs: Any) -> Any:
        return tf.ensure_shape(tf.io.decode_raw(inputs, tf.float32), (None, SAMPLES))

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor((inputs.shape[0], SAMPLES), "float32")


def signal_bytes(num: int, seed: int = 0) -> NDArray[Any]:
    """(num,) object array of encoded signals."""
    signals = np.random.default_rng(seed).normal(size=(num, SAMPLES)).astype(np.float32)
    return np.asarray([signal.tobytes() for signal in signals], dtype=object)


def signal_model(config: Any, target: Target) -> keras.Model:
    """A convolution with everything that behaves differently in training."""
    del config
    signal = keras.Input((SAMPLES, 1), name="signal")
    hidden = keras.layers.Conv1D(4, 3, activation="relu")(signal)
    hidden = keras.layers.BatchNormalization()(hidden)
    hidden = keras.layers.Dropout(0.5)(keras.layers.GlobalAveragePooling1D()(hidden))
    return keras.Model({"signal": signal}, keras.layers.Dense(target.shape[0])(hidden))


def signal_context(
    folder: Path, model: ModelBuilder = signal_model, *, synthetic: bool = True
) -> StageContext:
    """A run whose train stage has just finished, on bytes in three classes."""
    return _trained(folder, _signal_pipeline(model), _signal_splits(24, 0, synthetic=synthetic))


def forecast_context(folder: Path, *, synthetic: bool = True) -> StageContext:
    """A run whose train stage has just finished, on windows of two channels.

    Synthetic data has one more, as it may.
    """
    return _trained(folder, _forecast_pipeline(), _forecast_splits(10, 0, synthetic=synthetic))


def _trained(folder: Path, pipeline: Pipeline, splits: Splits) -> StageContext:
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


def _signal_pipeline(model: ModelBuilder) -> Pipeline:
    return Pipeline(
        name="signals",
        title="Signals",
        config_type=RunConfig,
        load=_never,
        synthesize=lambda _config, num, seed: _signal_splits(num, seed + 1, synthetic=True),
        read_inputs=_read_signals,
        decode=_decode_signals,
        preprocess=_scale_signals,
        model=model,
        segments=_never,
        perturbations=_never,
    )


def _decode_signals(config: Any) -> keras.Model:
    del config
    wire = keras.Input((), dtype="string", name="signal_bytes")
    return keras.Model({"signal_bytes": wire}, {"wave": DecodeSignal()(wire)})


def _scale_signals(config: Any, train: Examples) -> keras.Model:
    del config, train
    wave = keras.Input((SAMPLES,), name="wave")
    scaled = keras.layers.Normalization(axis=None, mean=0.1, variance=4.0)(wave)
    return keras.Model({"wave": wave}, {"signal": keras.layers.Reshape((SAMPLES, 1))(scaled)})


def _read_signals(config: Any, path: Path) -> Inputs:
    """Each file of a folder is a signal; an empty one is unreadable."""
    del config
    files = sorted(path.iterdir()) if path.is_dir() else [path]

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {
            "signal_bytes": np.asarray(
                [files[index].read_bytes() for index in indices], dtype=object
            )
        }

    problems = {file.name: "the file is empty" for file in files if not file.read_bytes()}
    return Inputs(np.asarray([file.name for file in files], dtype=np.str_), rows, problems)


def _signal_splits(num: int, seed: int, *, synthetic: bool) -> Splits:
    def part(name: str, split_seed: int) -> Examples:
        wire = signal_bytes(num, split_seed)
        ids = np.asarray([f"{name}-{row}" for row in range(num)])
        targets = np.arange(num) % len(SIGNALS.names)
        return Examples(
            ids,
            ids,
            targets,
            pd.DataFrame(index=range(num)),
            lambda indices: {"signal_bytes": wire[indices]},
        )

    train, val, test = (
        part(name, 10 * seed + index) for index, name in enumerate(("train", "val", "test"))
    )
    return Splits(train, val, test, target=SIGNALS, provenance=_provenance(synthetic=synthetic))


def _forecast_pipeline() -> Pipeline:
    return Pipeline(
        name="loads",
        title="Loads",
        config_type=RunConfig,
        load=_never,
        synthesize=lambda _config, num, seed: _forecast_splits(
            num, seed, synthetic=True, num_columns=3
        ),
        read_inputs=_read_windows,
        decode=_identity_windows,
        preprocess=lambda config, _train: _identity_windows(config),
        model=_forecast_model,
        segments=_never,
        perturbations=_never,
    )


def _identity_windows(config: Any) -> keras.Model:
    del config
    window = keras.Input((_WINDOW, len(HORIZON.channels)), name="window")
    hour = keras.Input((), dtype="int32", name="hour")
    return keras.Model(
        {"window": window, "hour": hour},
        {"window": keras.layers.Identity()(window), "hour": keras.layers.Identity()(hour)},
    )


def _forecast_model(config: Any, target: Target) -> keras.Model:
    del config
    window = keras.Input((_WINDOW, len(HORIZON.channels)), name="window")
    hour = keras.Input((), dtype="int32", name="hour")
    season = keras.layers.Embedding(24, 4)(hour)
    hidden = keras.layers.Concatenate()([keras.layers.Flatten()(window), season])
    scores = keras.layers.Reshape(target.shape)(
        keras.layers.Dense(int(np.prod(target.shape)))(hidden)
    )
    return keras.Model({"window": window, "hour": hour}, scores)


def _read_windows(config: Any, path: Path) -> Inputs:
    """A CSV with one window in each line: hour, then all values."""
    del config
    table = np.loadtxt(path, delimiter=",", ndmin=2)
    ids = np.asarray([f"{path.name}:{row + 1}" for row in range(len(table))])
    return Inputs(ids, lambda indices: _windows(table[indices]))


def _windows(table: NDArray[np.float64]) -> Rows:
    return {
        "hour": table[:, 0].astype(np.int32),
        "window": table[:, 1:].reshape(len(table), _WINDOW, -1).astype(np.float32),
    }


def _forecast_splits(
    num: int, seed: int, *, synthetic: bool, num_columns: int = len(HORIZON.channels)
) -> Splits:
    def part(index: int) -> Examples:
        generator = np.random.default_rng([seed, index])
        channels = len(HORIZON.channels)
        table = np.concatenate(
            [
                generator.integers(0, 24, (num, 1)),
                generator.normal(50, 9, (num, _WINDOW * num_columns)),
            ],
            axis=1,
        )
        ids = np.asarray([f"{index}-{row}" for row in range(num)])
        ones = np.ones((num, channels), dtype=np.float32)
        starts = np.datetime64("2024-01-01", "s") + np.arange(num)
        context = ForecastContext(
            starts,
            np.ones((num, HORIZON.season_steps, channels), dtype=np.float32),
            ones,
            ones,
            ones,
            ones,
        )
        targets = np.ones((num, HORIZON.steps, channels), dtype=np.float32)
        groups = pd.DataFrame(index=range(num))
        return Examples(
            ids, ids, targets, groups, lambda indices: _windows(table[indices]), forecast=context
        )

    return Splits(
        part(0), part(1), part(2), target=HORIZON, provenance=_provenance(synthetic=synthetic)
    )


def _provenance(*, synthetic: bool) -> Provenance:
    return Provenance("tiny", "demo", "1", "Apache-2.0", "", "0", synthetic=synthetic)


def _never(*_: Any) -> Any:
    raise AssertionError("the serving stages must not ask for this")
