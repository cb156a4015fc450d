"""Signals in three classes from raw bytes: a pipeline small enough to export in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.contract import Examples, Inputs, Pipeline, Rows, Splits
from shared.run.context import StageContext
from shared.targets import Categories, Target
from tests.shared.serving.tiny.runs import ModelBuilder, never, provenance, trained

__all__ = ["SAMPLES", "SIGNALS", "signal_bytes", "signal_context", "signal_model"]


SAMPLES = 12
SIGNALS = Categories(names=("flat", "rising", "fällend"))


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
    return trained(folder, _signal_pipeline(model), _signal_splits(24, 0, synthetic=synthetic))


def _signal_pipeline(model: ModelBuilder) -> Pipeline:
    return Pipeline(
        name="signals",
        title="Signals",
        config_type=RunConfig,
        load=never,
        synthesize=lambda _config, num, seed: _signal_splits(num, seed + 1, synthetic=True),
        read_inputs=_read_signals,
        decode=_decode_signals,
        preprocess=_scale_signals,
        model=model,
        segments=never,
        perturbations=never,
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
    return Splits(train, val, test, target=SIGNALS, provenance=provenance(synthetic=synthetic))
