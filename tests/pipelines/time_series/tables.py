"""Small tables for the tests of the time-series pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.series_table import read_series
from shared.config.sources import resolve_config

__all__ = ["PRESETS", "configure", "long_table", "read_written", "wide_table", "write"]

PRESETS = Path(__file__).parents[3] / "pipelines" / "time_series" / "presets"


def configure(
    *assignments: str, preset: str = "smoke", source: Path | None = None
) -> TimeSeriesConfig:
    """A preset with `--set` assignments.

    For the user's files a window of two days and a horizon of six hours.
    """
    short = [] if source is None else ["data.lookback_steps=48", "data.horizon_steps=6"]
    return resolve_config(
        TimeSeriesConfig,
        PRESETS,
        preset,
        [*short, *assignments],
        None if source is None else str(source),
    )


def wide_table(
    num_steps: int = 600, names: tuple[str, ...] = ("north", "south"), frequency: str = "h"
) -> pd.DataFrame:
    """A column `date` and one noisy daily wave per name."""
    steps = np.arange(num_steps)
    stamps = pd.date_range("2020-01-01", periods=num_steps, freq=frequency).strftime(
        "%Y-%m-%d %H:%M:%S"
    )
    generator = np.random.default_rng(0)
    waves = {
        name: (
            10.0 * (i + 1) + np.sin(2 * np.pi * steps / 24) + 0.1 * generator.normal(size=num_steps)
        )
        for i, name in enumerate(names)
    }
    return pd.DataFrame({"date": stamps, **waves})


def long_table(num_steps: int = 600, names: tuple[str, ...] = ("north", "south")) -> pd.DataFrame:
    """The same numbers as in `wide_table`, one row per series and time."""
    return (
        wide_table(num_steps, names)
        .melt("date", var_name="unique_id", value_name="y")
        .rename(columns={"date": "ds"})
    )


def write(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as its suffix says."""
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False)
    return path


def read_written(
    table: pd.DataFrame,
    folder: Path,
    *assignments: str,
    last_steps: int | None = None,
    suffix: str = ".csv",
) -> SeriesFile:
    """The series of a table that is written below the folder first."""
    path = write(table, folder / f"loads{suffix}")
    return read_series(path, configure(*assignments, source=path).data, last_steps=last_steps)
