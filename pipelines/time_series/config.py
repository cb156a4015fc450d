"""Settings of the time-series pipeline: plain data, checked before any work starts."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pipelines.time_series.fitting_config import (
    TimeSeriesFrontEndConfig,
    TimeSeriesTrainConfig,
)
from pipelines.time_series.models.families import AnyModelConfig, RidgeResidualConfig
from pipelines.time_series.table_config import TableConfig
from shared.config import RunConfig

__all__ = [
    "Cycle",
    "TimeSeriesConfig",
    "TimeSeriesDataConfig",
]

Cycle = Literal["day", "week", "year"]

_DEMO_LOOKBACK_STEPS = 168
_DEMO_CYCLES: tuple[Cycle, ...] = ("day", "week")


class TimeSeriesDataConfig(TableConfig):
    """Where series come from, how their table is laid out, and how they are cut into windows."""

    split: Literal["temporal", "cold_start", "last_steps"] = Field(
        "temporal",
        description=(
            "'temporal': train lies before validation, validation before test; 'cold_start': each"
            " split also has its own series; 'last_steps': the last horizon of each series is the"
            " test, the one before it validation, whatever its calendar."
        ),
    )
    num_demo_examples: int = Field(
        10_000,
        ge=60,
        le=1_000_000,
        description="Number of synthetic windows when source is 'demo'.",
    )
    demo_missing_share: float = Field(
        0.02,
        ge=0.0,
        le=0.5,
        description="Share of hours in which a synthetic meter is silent; its values are masked.",
    )
    min_observed_share: float = Field(
        0.5,
        gt=0.0,
        le=1.0,
        description=(
            "A window is used if at least this share of its history, and of its targets, was"
            " observed."
        ),
    )
    season_steps: int | None = Field(
        None,
        ge=1,
        description="Steps of the main season; null: from the frequency (24 for hourly data).",
    )
    non_negative: bool | None = Field(
        None,
        description=(
            "Whether no mean and no quantile is forecast below 0; null: if training holds no"
            " negative value, as with counts, sales or loads."
        ),
    )
    unit: str = Field("units", min_length=1, description="Unit of the values, for the report.")
    lookback_steps: int | None = Field(
        None,
        ge=4,
        le=4096,
        description=(
            "Steps of history that the model sees; null: from the frequency and the length of the"
            " series, a week of hours."
        ),
    )
    horizon_steps: int = Field(24, ge=1, le=5000, description="Steps to forecast.")
    calendar: tuple[Cycle, ...] | None = Field(
        None,
        description=(
            "Calendar cycles of the steps ahead, each a sine and a cosine; null: day and week for"
            " steps below a day; week, and year if training holds two, for days; else year; none"
            " where stamps count steps."
        ),
    )
    split_steps: tuple[int, int, int] | None = Field(
        None,
        description="Steps of train, val and test from the start; null: by the shares of data.",
    )
    train_stride_steps: int = Field(
        1, ge=1, description="Steps between the starts of training windows."
    )
    evaluation_stride_steps: int = Field(
        1, ge=1, description="Steps between the starts of validation and test windows; 1 keeps all."
    )
    dataset_name: str | None = Field(
        None, min_length=1, description="Name for the report; null: the file's name."
    )
    dataset_version: str = Field(
        "unknown", min_length=1, description="Version or date of the data, for the report."
    )
    licence: str = Field(
        "unknown", min_length=1, description="Licence of the data, for the report."
    )
    citation: str = Field("", description="Whom to cite, for the report.")

    @property
    def lookback(self) -> int:
        """Steps of history; those of the demo where a run has not chosen them."""
        return self.lookback_steps or _DEMO_LOOKBACK_STEPS

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """Calendar cycles; those of the demo where a run has not chosen them."""
        return _DEMO_CYCLES if self.calendar is None else self.calendar

    @field_validator("calendar")
    @classmethod
    def _has_no_cycle_twice(cls, value: tuple[Cycle, ...] | None) -> tuple[Cycle, ...] | None:
        if value is not None and len(set(value)) != len(value):
            raise ValueError("a name appears twice")
        return value

    @field_validator("split_steps")
    @classmethod
    def _has_three_parts(cls, value: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        if value is not None and min(value) < 1:
            raise ValueError("train, val and test need at least one step each")
        return value

    @model_validator(mode="after")
    def _cuts_time_once(self) -> Self:
        if self.split == "last_steps" and self.split_steps is not None:
            raise ValueError(
                "data.split_steps cuts one calendar for all series, and data.split=last_steps cuts"
                " each by its own end: leave one of them out"
            )
        return self


class TimeSeriesConfig(RunConfig):
    """Everything that decides a time-series run."""

    data: TimeSeriesDataConfig = TimeSeriesDataConfig()
    front_end: TimeSeriesFrontEndConfig = TimeSeriesFrontEndConfig()
    model: AnyModelConfig = RidgeResidualConfig()
    train: TimeSeriesTrainConfig = TimeSeriesTrainConfig()

    @model_validator(mode="after")
    def _season_fits_into_the_window(self) -> Self:
        season = self.data.season_steps
        lookback = self.data.lookback_steps
        if season is not None and lookback is not None and season > lookback:
            raise ValueError(
                f"data.season_steps ({season}) is longer than data.lookback_steps"
                f" ({lookback}): a window must hold at least one season"
            )
        return self
