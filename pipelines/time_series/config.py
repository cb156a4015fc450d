"""Settings of the time-series pipeline: plain data, checked before any work starts."""

from __future__ import annotations

from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator

from data.site_loads import COVARIATES
from pipelines.time_series.fitting_config import (
    TimeSeriesFrontEndConfig,
    TimeSeriesTrainConfig,
)
from pipelines.time_series.models.families import AnyModelConfig, RidgeResidualConfig
from pipelines.time_series.reading.clock.formats import why_not_a_format
from pipelines.time_series.reading.frequency import why_not_a_frequency
from shared.config import DataConfig, RunConfig

__all__ = [
    "Cycle",
    "Duplicates",
    "TimeSeriesConfig",
    "TimeSeriesDataConfig",
]

Cycle = Literal["day", "week", "year"]
Duplicates = Literal["refuse", "mean", "first", "last"]

_DEMO_LOOKBACK_STEPS = 168
_DEMO_CYCLES: tuple[Cycle, ...] = ("day", "week")


class TimeSeriesDataConfig(DataConfig):
    """Where series come from, how their table is laid out, and how they are cut into windows."""

    split: Literal["temporal", "cold_start"] = Field(
        "temporal",
        description=(
            "'temporal': train lies before validation, validation before test; 'cold_start': each"
            " split also has its own series."
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
    layout: Literal["auto", "wide", "long"] = Field(
        "auto",
        description="A column per series, or a row per series and time; 'auto': by the columns.",
    )
    time_column: str | None = Field(
        None,
        min_length=1,
        description="Column of time stamps; null: date, time, timestamp, … or the first.",
    )
    time_format: str | None = Field(
        None,
        min_length=1,
        description="strptime format of the stamps, epoch_s, epoch_ms; null: ISO 8601 or told.",
    )
    series_column: str | None = Field(
        None,
        min_length=1,
        description="Long tables: the column that names the series; null: recognised.",
    )
    value_column: str | None = Field(
        None, min_length=1, description="Long tables: the column of values; null: recognised."
    )
    value_columns: tuple[str, ...] = Field(
        (), description="Wide tables: the columns to forecast; empty: all numeric ones."
    )
    past_covariates: tuple[str, ...] = Field(
        (), description="Numeric columns that are known up to now, such as a measured temperature."
    )
    known_covariates: tuple[str, ...] = Field(
        (), description="Numeric columns that are known ahead of time, such as a holiday flag."
    )
    static_covariates: tuple[str, ...] = Field(
        (), description="Numeric columns, constant for each series, such as its floor area."
    )
    static_categories: tuple[str, ...] = Field(
        (), description="Columns of categories, constant for each series, such as its region."
    )
    static_table: str | None = Field(
        None,
        min_length=1,
        description="Table of the static columns, a row per series; null: in the long table.",
    )
    group_columns: tuple[str, ...] = Field(
        (), description="Long tables: columns, constant for each series, to report by."
    )
    frequency: str = Field(
        "auto",
        min_length=1,
        description="Step between stamps, a pandas alias (h, 15min, D, MS); 'auto': from the data.",
    )
    timezone: str | None = Field(
        None,
        min_length=1,
        description="Zone of stamps that name none, and of the calendar; null: as they stand.",
    )
    duplicates: Duplicates = Field(
        "refuse",
        description="Rows of one series with one stamp: refused, their mean, the first or last.",
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
        min_length=1,
        description=(
            "Calendar cycles of the steps ahead, each a sine and a cosine; null: day and week for"
            " steps below a day; week, and year if training holds two, for days; else year."
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
        return self.calendar or _DEMO_CYCLES

    @property
    def known(self) -> tuple[str, ...]:
        """The known covariates of the configured source; the bundled data brings its own."""
        return COVARIATES if self.source == "demo" else self.known_covariates

    @property
    def past(self) -> tuple[str, ...]:
        """The past covariates of the configured source; the bundled data has none."""
        return () if self.source == "demo" else self.past_covariates

    @property
    def static_numbers(self) -> tuple[str, ...]:
        """The numeric static covariates of the configured source; the bundled data has none."""
        return () if self.source == "demo" else self.static_covariates

    @property
    def static_texts(self) -> tuple[str, ...]:
        """The static categories of the configured source; the bundled data has none."""
        return () if self.source == "demo" else self.static_categories

    @field_validator("frequency", "time_format")
    @classmethod
    def _works(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Tried here, so that no stage meets one that pandas takes and can't use."""
        if value is None or value == "auto":
            return value
        is_frequency = info.field_name == "frequency"
        reason = why_not_a_frequency(value) if is_frequency else why_not_a_format(value)
        if reason is not None:
            raise ValueError(reason)
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError("not the name of a time zone such as Europe/Berlin or UTC")
        return value

    @field_validator(
        "value_columns",
        "past_covariates",
        "known_covariates",
        "static_covariates",
        "static_categories",
        "group_columns",
        "calendar",
    )
    @classmethod
    def _has_no_repeats(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and len(set(value)) != len(value):
            raise ValueError("a name appears twice")
        return value

    @model_validator(mode="after")
    def _gives_each_column_one_role(self) -> Self:
        roles = (
            "value_columns",
            "past_covariates",
            "known_covariates",
            "static_covariates",
            "static_categories",
        )
        singles = ("time_column", "series_column", "value_column")
        seen: dict[str, str] = {}
        for role, names in [(role, getattr(self, role)) for role in roles] + [
            (role, [getattr(self, role)]) for role in singles
        ]:
            for name in names:
                if name is not None and name in seen:
                    raise ValueError(
                        f"the column {name!r} is in data.{seen[name]} and in data.{role}: a column"
                        " has one role"
                    )
                seen[name] = role
        return self

    @field_validator("group_columns")
    @classmethod
    def _leaves_our_attributes_alone(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        taken = sorted({"series", "season", "level", "hour", "day"} & set(value))
        if taken:
            raise ValueError(
                f"{taken[0]!r} is an attribute that every run reports by: rename the column"
            )
        return value

    @field_validator("split_steps")
    @classmethod
    def _has_three_parts(cls, value: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        if value is not None and min(value) < 1:
            raise ValueError("train, val and test need at least one step each")
        return value


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
