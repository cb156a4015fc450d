"""How many leaks are found, and how many honest inputs are called one.

    python -m benchmarks.leaks.windows

Each topic is one function that prints a table. Covariates: loads, sales, levels and counts of our
own making, each with copies of itself (in another unit, changed, rounded, noisy, smoothed) and with
honest covariates (what drives it, calendars, its own past, forecasts with errors of their own).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.reading.windows.tells import find_copy, is_smoothed

__all__ = ["covariates", "main"]

_DRAWS = 10
_NUM_STEPS = 1000
_HORIZON = 7
Numbers = NDArray[Any]
Draw = np.random.Generator


def main() -> None:
    """Print the tables."""
    print(covariates(_DRAWS).to_string())


def covariates(num_draws: int) -> pd.DataFrame:
    """Share of covariates called leaks: a row for each kind, a column for each kind of series."""
    rows = []
    for kind, make in {**_LEAKS, **_HONEST}.items():
        shares = {}
        for name, series in _SERIES.items():
            called = [_is_called(make, *series(draw), draw) for draw in _draws(num_draws)]
            shares[name] = float(np.mean(called))
        truth = "leak" if kind in _LEAKS else "honest"
        rows.append({"truth": truth, "covariate": kind, **shares})
    return pd.DataFrame(rows).set_index(["truth", "covariate"]).round(2)


def _draws(number: int) -> Iterator[Draw]:
    return (np.random.default_rng([7, place]) for place in range(number))


def _is_called(
    make: Callable[[Numbers, Numbers, Draw], Numbers], values: Numbers, driver: Numbers, draw: Draw
) -> bool:
    covariate = make(values, driver, draw).astype(np.float32).astype(np.float64)
    told = find_copy(covariate, values, range(-_HORIZON, _HORIZON)) is not None
    return told or is_smoothed(covariate, values, _HORIZON)


def _autoregressive(draw: Draw, share: float, scale: float) -> Numbers:
    noise = draw.normal(0, scale, _NUM_STEPS)
    for step in range(1, _NUM_STEPS):
        noise[step] += share * noise[step - 1]
    return noise


def _hourly_load(draw: Draw) -> tuple[Numbers, Numbers]:
    hours = np.arange(_NUM_STEPS)
    driver = 10 + 6 * np.sin(2 * np.pi * hours / 24) + _autoregressive(draw, 0.95, 0.5)
    return 100 + 3 * driver + _autoregressive(draw, 0.7, 2.0), driver


def _daily_sales(draw: Draw) -> tuple[Numbers, Numbers]:
    days = np.arange(_NUM_STEPS)
    driver = _autoregressive(draw, 0.8, 2.0)
    weekly = np.where(days % 7 < 5, 50.0, 60.0)
    return weekly + driver + draw.normal(0, 4.0, _NUM_STEPS), driver


def _water_level(draw: Draw) -> tuple[Numbers, Numbers]:
    driver = np.cumsum(_autoregressive(draw, 0.9, 1.0)) / 10 + 200
    return driver + _autoregressive(draw, 0.9, 0.3), driver


def _price(draw: Draw) -> tuple[Numbers, Numbers]:
    driver = np.cumsum(draw.normal(0, 1.0, _NUM_STEPS)) + 300
    return driver + np.cumsum(draw.normal(0, 0.5, _NUM_STEPS)), driver


def _counts(draw: Draw) -> tuple[Numbers, Numbers]:
    driver = _autoregressive(draw, 0.9, 0.1)
    return draw.poisson(np.exp(3 + driver)).astype(np.float64), driver


def _meter_reading(draw: Draw) -> tuple[Numbers, Numbers]:
    return np.cumsum(draw.gamma(2.0, 1.0, _NUM_STEPS)), np.arange(_NUM_STEPS, dtype=np.float64)


_SERIES = {
    "hourly load": _hourly_load,
    "daily sales": _daily_sales,
    "water level": _water_level,
    "price": _price,
    "counts": _counts,
    "meter reading": _meter_reading,
}


def _mean(values: Numbers, length: int, *, center: bool) -> Numbers:
    return pd.Series(values).rolling(length, center=center).mean().to_numpy()


def _past(values: Numbers, shift: int) -> Numbers:
    return np.concatenate([np.full(shift, np.nan), values[:-shift]])


def _forecast(values: Numbers, draw: Draw, share: float) -> Numbers:
    """With errors of a share of what a day brings."""
    return values + draw.normal(0, share * np.diff(values).std(), len(values))


_LEAKS: dict[str, Callable[[Numbers, Numbers, Draw], Numbers]] = {
    "other unit": lambda y, x, g: 1.8 * y + 32,
    "logarithm": lambda y, x, g: np.log(np.maximum(y, 0.1)),
    "rank": lambda y, x, g: pd.Series(y).rank().to_numpy(),
    "reciprocal": lambda y, x, g: 1 / np.maximum(y, 0.1),
    "rounded to 1/20 of the spread": lambda y, x, g: np.round(20 * y / y.std()) / 20,
    "rounded to 1/7 of the spread": lambda y, x, g: np.round(7 * y / y.std()) / 7,
    "0.7 % of the spread as noise": lambda y, x, g: y + g.normal(0, 0.007 * y.std(), len(y)),
    "0.7 % of the value as noise": lambda y, x, g: y * g.normal(1, 0.007, len(y)),
    "three steps later": lambda y, x, g: np.roll(y, -3),
    "mean of 7, centred": lambda y, x, g: _mean(y, 7, center=True),
    "mean of 7, trailing": lambda y, x, g: _mean(y, 7, center=False),
    "sum of the next 3": lambda y, x, g: np.roll(_mean(y, 3, center=False), -3) * 3,
}
_HONEST: dict[str, Callable[[Numbers, Numbers, Draw], Numbers]] = {
    "what drives it": lambda y, x, g: x,
    "what drives it, measured": lambda y, x, g: x + g.normal(0, 0.1 * x.std(), len(x)),
    "what drives it, smoothed": lambda y, x, g: _mean(x, 7, center=True),
    "hour of day": lambda y, x, g: np.arange(len(y)) % 24.0,
    "weekend": lambda y, x, g: (np.arange(len(y)) % 7 >= 5).astype(np.float64),
    "season as a sine": lambda y, x, g: np.sin(2 * np.pi * np.arange(len(y)) / 24),
    "time": lambda y, x, g: np.arange(len(y), dtype=np.float64),
    "a horizon before": lambda y, x, g: _past(y, _HORIZON),
    "a day before": lambda y, x, g: _past(y, 24),
    "mean of 7, a horizon before": lambda y, x, g: _past(_mean(y, 7, center=False), _HORIZON),
    "forecast, errors of a step": lambda y, x, g: _forecast(y, g, 1.0),
    "forecast, errors of half a step": lambda y, x, g: _forecast(y, g, 0.5),
    "noise": lambda y, x, g: g.normal(size=len(y)),
}

if __name__ == "__main__":
    main()
