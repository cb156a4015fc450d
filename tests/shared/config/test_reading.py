"""Roles of columns that training told hold for files to score."""

from __future__ import annotations

from pipelines.time_series.config import TimeSeriesConfig, TimeSeriesDataConfig
from shared.config.reading import as_read

_TOLD = {"layout": "long", "time_column": "ds", "series_column": "id", "value_column": "y"}


def test_what_training_told_is_adopted_and_what_is_configured_wins() -> None:
    config = TimeSeriesConfig(data=TimeSeriesDataConfig(time_column="when"))

    data = as_read(config, _TOLD).data

    assert data.model_dump(include=set(_TOLD)) == _TOLD | {"time_column": "when"}
    assert as_read(config, {}) == config
