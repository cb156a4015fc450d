"""Roles of columns that training told hold for files to score."""

from __future__ import annotations

from pipelines.time_series.config import TimeSeriesConfig, TimeSeriesDataConfig
from shared.serving.batch_scoring import _reading_as_trained

_TOLD = {"layout": "long", "time_column": "ds", "series_column": "id", "value_column": "y"}


def test_what_training_told_is_adopted_and_what_is_configured_wins() -> None:
    config = TimeSeriesConfig(data=TimeSeriesDataConfig(time_column="when"))

    data = _reading_as_trained(config, _TOLD).data

    assert data.model_dump(include=set(_TOLD)) == _TOLD | {"time_column": "when"}
    assert _reading_as_trained(config, {}) == config
