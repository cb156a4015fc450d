"""Settings of a table of series: which column is what, and how its stamps are read."""

from __future__ import annotations

from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator

from data.site_loads import COVARIATES
from pipelines.time_series.reading.clock.formats import why_not_a_format
from pipelines.time_series.reading.frequency import why_not_a_frequency
from shared.loading.columns.number_marks import NumberMarksConfig

__all__ = ["Alignment", "Duplicates", "TableConfig"]

Alignment = Literal["refuse", "nearest", "floor"]
Duplicates = Literal["refuse", "mean", "first", "last"]


class TableConfig(NumberMarksConfig):
    """How the user's table is laid out; the bundled data brings its own columns."""

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
        description=(
            "strptime format of stamps, epoch_s, epoch_ms, iso_week (2026-W05), quarter (2026Q1),"
            " month (2026M01), steps (1, 2, 3 …); null: told."
        ),
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
        description=(
            "Step between stamps, a pandas alias (h, 15min, D, MS); 'auto': from the data. Of rows"
            " without stamps it tells the season; 'none': unknown."
        ),
    )
    align_stamps: Alignment = Field(
        "refuse",
        description=(
            "Stamps off the clock: refused, moved to the 'nearest' moment of data.frequency, or to"
            " the beginning of the step in which they lie ('floor': mid-month with MS). The report"
            " counts them."
        ),
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
        if value is None or (info.field_name == "frequency" and value in {"auto", "none"}):
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
    )
    @classmethod
    def _has_no_repeats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("a name appears twice")
        return value

    @model_validator(mode="after")
    def _aligns_to_a_clock(self) -> Self:
        if self.align_stamps != "refuse" and self.frequency in {"auto", "none"}:
            raise ValueError(
                "data.align_stamps needs a clock: name data.frequency, such as h or MS"
            )
        return self

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
