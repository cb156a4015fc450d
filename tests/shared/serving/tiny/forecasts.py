"""A forecast from windows: a pipeline small enough to export in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.contract import Examples, Inputs, Pipeline, Rows, Splits
from shared.run.context import StageContext
from shared.targets import Horizon, Target
from shared.targets.predictions import ForecastContext
from tests.shared.serving.tiny.runs import ModelBuilder, never, provenance, trained

__all__ = ["HORIZON", "forecast_context", "forecast_model"]

HORIZON = Horizon(steps=3, channels=("load", "heat"), unit="kW", step_seconds=3600, season_steps=4)
_WINDOW = 8


def forecast_model(config: Any, target: Target) -> keras.Model:
    """A dense layer over window and hour."""
    del config
    window = keras.Input((_WINDOW, len(HORIZON.channels)), name="window")
    hour = keras.Input((), dtype="int32", name="hour")
    season = keras.layers.Embedding(24, 4)(hour)
    hidden = keras.layers.Concatenate()([keras.layers.Flatten()(window), season])
    scores = keras.layers.Reshape(target.shape)(
        keras.layers.Dense(int(np.prod(target.shape)))(hidden)
    )
    return keras.Model({"window": window, "hour": hour}, scores)


def forecast_context(
    folder: Path, model: ModelBuilder = forecast_model, *, synthetic: bool = True
) -> StageContext:
    """A run whose train stage has just finished, on windows of two channels.

    Synthetic data has one more, as it may.
    """
    return trained(folder, _forecast_pipeline(model), _forecast_splits(10, 0, synthetic=synthetic))


def _forecast_pipeline(model: ModelBuilder) -> Pipeline:
    return Pipeline(
        name="loads",
        title="Loads",
        config_type=RunConfig,
        load=never,
        synthesize=lambda _config, num, seed: _forecast_splits(
            num, seed, synthetic=True, num_columns=3
        ),
        read_inputs=_read_windows,
        decode=_identity_windows,
        preprocess=lambda config, _train: _identity_windows(config),
        model=model,
        segments=never,
        perturbations=never,
    )


def _identity_windows(config: Any) -> keras.Model:
    del config
    window = keras.Input((_WINDOW, len(HORIZON.channels)), name="window")
    hour = keras.Input((), dtype="int32", name="hour")
    return keras.Model(
        {"window": window, "hour": hour},
        {"window": keras.layers.Identity()(window), "hour": keras.layers.Identity()(hour)},
    )


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
        return Examples(
            ids,
            ids,
            np.ones((num, HORIZON.steps, channels), dtype=np.float32),
            pd.DataFrame(index=range(num)),
            lambda indices: _windows(table[indices]),
            forecast=_context(num, channels),
        )

    return Splits(
        part(0), part(1), part(2), target=HORIZON, provenance=provenance(synthetic=synthetic)
    )


def _context(num: int, channels: int) -> ForecastContext:
    ones = np.ones((num, channels), dtype=np.float32)
    starts = np.datetime64("2024-01-01", "s") + np.arange(num)
    recent = np.ones((num, HORIZON.season_steps, channels), dtype=np.float32)
    return ForecastContext(starts, recent, ones, ones, ones, ones)
