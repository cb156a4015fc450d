from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.completing import complete, usual_calendar, usual_lookback
from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.data import load
from pipelines.time_series.reading.frequency import Frequency


@pytest.mark.parametrize(
    ("alias", "season", "num_train", "lookback", "calendar"),
    [
        ("h", 24, 8000, 168, ("day", "week")),
        ("15min", 96, 30_000, 672, ("day", "week")),
        ("min", 1440, 100_000, 1440, ("day", "week")),
        ("D", 7, 300, 35, ("week",)),
        ("D", 7, 900, 35, ("week", "year")),
        ("B", 5, 300, 35, ("week",)),
        ("W-MON", 52, 400, 104, ("year",)),
        ("MS", 12, 300, 36, ("year",)),
        ("MS", 12, 66, 24, ("year",)),
        ("MS", 12, 30, 12, ("year",)),
        ("QS-JAN", 4, 100, 32, ("year",)),
        ("YS-JAN", 1, 60, 12, ("year",)),
        ("YS-JAN", 1, 14, 4, ("year",)),
    ],
)
def test_window_and_calendar_follow_the_frequency_and_the_length_of_the_series(
    alias: str, season: int, num_train: int, lookback: int, calendar: tuple[str, ...]
) -> None:
    frequency = Frequency.named(alias)
    found = usual_lookback(frequency, season, num_train=num_train, horizon_steps=12)
    assert (found, usual_calendar(frequency, num_train)) == (lookback, calendar)


def _monthly(folder: Path) -> Path:
    months = pd.date_range("2000-01-01", periods=180, freq="MS")
    values = 100.0 + 10.0 * np.sin(np.arange(180) * np.pi / 6.0)
    path = folder / "monthly.csv"
    pd.DataFrame({"date": months, "sales": values}).to_csv(path, index=False)
    return path


def _config(path: Path, **data: object) -> TimeSeriesConfig:
    changes = {"source": str(path), "horizon_steps": 6, **data}
    return TimeSeriesConfig.model_validate({"data": changes})


def test_monthly_data_need_no_settings(tmp_path: Path) -> None:
    config = complete(_config(_monthly(tmp_path)))
    assert (config.data.lookback_steps, config.data.calendar) == (36, ("year",))
    assert load(config).train.rows(np.array([0]))["window"].shape == (1, 36, 1)


def test_what_is_set_stays(tmp_path: Path) -> None:
    config = complete(_config(_monthly(tmp_path), lookback_steps=24))
    assert (config.data.lookback_steps, config.data.calendar) == (24, ("year",))
    assert complete(config) is config


def test_the_demo_has_its_week_of_hours() -> None:
    config = complete(TimeSeriesConfig())
    assert (config.data.lookback_steps, config.data.calendar) == (168, ("day", "week"))


@pytest.mark.parametrize(
    ("place", "is_bounded"), [(None, True), (10, False), (170, True)], ids=["none", "train", "test"]
)
def test_forecasts_stop_at_0_where_training_holds_nothing_below(
    tmp_path: Path, place: int | None, is_bounded: bool
) -> None:
    path = _monthly(tmp_path)
    table = pd.read_csv(path)
    if place is not None:
        table.loc[place, "sales"] = -1.0
    table.to_csv(path, index=False)
    config = complete(_config(path))
    assert config.data.non_negative is is_bounded
    assert load(config).target.model_dump()["non_negative"] == ("value",) * is_bounded
    assert complete(_config(path, non_negative=False)).data.non_negative is False
