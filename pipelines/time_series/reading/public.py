"""Series of a public dataset: a wide table whose columns the dataset names itself."""

from __future__ import annotations

from typing import Any

from pipelines.time_series.config import TimeSeriesDataConfig
from shared.loading.public.opening import PublicDataset

__all__ = ["adopt_settings"]


def adopt_settings(data: TimeSeriesDataConfig, dataset: PublicDataset) -> TimeSeriesDataConfig:
    """The settings with which the dataset's own columns are read.

    Where nothing says how to cut time, the official protocol does.
    """
    roles = dataset.description.roles
    card = dataset.card
    official = None if data.split == "last_steps" else card.split_steps
    covariates = {*data.past_covariates, *data.known_covariates}
    adopted: dict[str, Any] = {
        "layout": "wide",
        "time_column": roles.time,
        "time_format": None,
        "series_column": None,
        "value_column": None,
        "value_columns": (
            data.value_columns or tuple(name for name in roles.values if name not in covariates)
        ),
        "group_columns": (),
        "split_steps": data.split_steps or official,
    }
    return data.model_copy(update=adopted)
