"""Forecasts of a made-up series whose noise may change at a moment."""

from __future__ import annotations

import numpy as np

from shared.targets import Horizon
from shared.targets.predictions import ForecastContext, Predictions

__all__ = ["HOURLY", "noisy_forecasts"]

HOURLY = Horizon(
    steps=6,
    channels=("value",),
    unit="kW",
    quantiles=(0.1, 0.5, 0.9),
    step_seconds=3600,
    season_steps=24,
)


def noisy_forecasts(
    seed: int, *, num_moments: int = 1500, num_series: int = 1, noise_after: float = 1.0
) -> Predictions:
    """Hourly forecasts of 0 whose interval, ±1.2816, covers 80 % of standard normal noise.

    Args:
        seed: Of the noise.
        num_moments: Forecasts of each series, one an hour.
        num_series: Series that are forecast at the same moments.
        noise_after: Standard deviation of the noise from the middle on; before it is 1.
    """
    generator = np.random.default_rng(seed)
    noise = generator.normal(size=(num_series, num_moments + HOURLY.steps))
    noise[:, num_moments // 2 :] *= noise_after
    windows = np.lib.stride_tricks.sliding_window_view(noise, HOURLY.steps, axis=1)[:, :num_moments]
    targets = windows.reshape(-1, HOURLY.steps, 1).astype(np.float32)
    n = len(targets)
    scores = np.tile(np.array([0.0, -1.2816, 0.0, 1.2816], np.float32), (n, HOURLY.steps, 1, 1))
    hours = np.tile(np.arange(num_moments), num_series)
    ones = np.ones((n, 1), np.float32)
    context = ForecastContext(
        starts=np.datetime64("2024-01-01", "s") + hours * np.timedelta64(3600, "s"),
        recent=np.zeros((n, 24, 1), np.float32),
        location=0.0 * ones,
        scale=ones,
        naive_error=ones,
        naive_squared_error=ones,
    )
    ids = np.char.add("window", np.arange(n).astype(str))
    return Predictions(ids, np.char.add("day", (hours // 24).astype(str)), targets, scores, context)
