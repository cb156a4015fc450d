"""One training step of one family: processor seconds and memory."""

from __future__ import annotations

import resource
import time

import keras
import numpy as np
import tensorflow as tf

from pipelines import get_pipeline, presets_folder
from pipelines.time_series.config import TimeSeriesConfig
from shared.config.sources import resolve_config
from shared.targets import Horizon

__all__ = ["measure_step"]

_ROWS = 32
_HORIZON = 96


def measure_step(family: str, lookback: int, repeats: int) -> tuple[float, float]:
    """The fastest step's processor seconds, and by how many MB steps raised the process's peak.

    Args:
        family: Of the pipeline time_series, with its default settings.
        lookback: Steps of a window.
        repeats: Steps that are timed.
    """
    model = _model(family, lookback)
    generator = np.random.default_rng(0)
    inputs = {
        tensor.name: tf.constant(generator.normal(size=(_ROWS, *tensor.shape[1:])), tensor.dtype)
        for tensor in model.inputs
    }
    before = _peak_megabytes()

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(inputs, training=True) ** 2)
        variables = [each.value for each in model.trainable_variables]
        for variable, slope in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(1e-6 * slope)

    step()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        step()
        taken.append(time.process_time() - start)
    return min(taken), _peak_megabytes() - before


def _model(family: str, lookback: int) -> keras.Model:
    pipeline = get_pipeline("time_series")
    settings = [f"model.family={family}", f"data.lookback_steps={lookback}"]
    settings.append(f"data.horizon_steps={_HORIZON}")
    config = resolve_config(
        pipeline.config_type, presets_folder("time_series"), "default", settings
    )
    assert isinstance(config, TimeSeriesConfig)  # noqa: S101 - for mypy
    target = Horizon(
        steps=_HORIZON,
        channels=("load",),
        quantiles=config.model.quantiles,
        season_steps=24,
        unit="MW",
        step_seconds=3600,
    )
    return pipeline.model(config, target)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
