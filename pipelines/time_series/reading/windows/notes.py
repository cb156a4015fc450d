"""What a reader of results must know of how series were read and cut."""

from __future__ import annotations

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.frequency import in_largest_unit
from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.table.sentinels import describe_repeated_extremes
from pipelines.time_series.reading.windows.partition import Partition

__all__ = ["describe_reading"]


def describe_reading(
    partition: Partition, file: SeriesFile, data: TimeSeriesDataConfig
) -> tuple[str, ...]:
    """Sentences about the clock, the protocol, what was left out, and what looks like no value."""
    notes = [_describe_clock(file, data)]
    if data.split == "last_steps":
        notes.append(
            f"Protocol (data.split=last_steps): the last {data.horizon_steps} steps of each series"
            " are the test, as many before them are validation, the rest trains. Series may end at"
            " different times, so that training on one may lie later than the test of another."
        )
    if data.non_negative:
        notes.append(
            "No mean and no quantile is forecast below 0 (data.non_negative), as where training"
            " holds no negative value."
        )
    if partition.num_unused_steps:
        notes.append(
            f"The last {partition.num_unused_steps} time steps are not used, as data.split_steps"
            " says."
        )
    return (*notes, *file.notes, *describe_repeated_extremes(file.series))


def _describe_clock(file: SeriesFile, data: TimeSeriesDataConfig) -> str:
    if file.frequency.counted_season is None:
        return f"The step between time stamps is {in_largest_unit(file.frequency.alias)}."
    unknown = data.frequency in {"auto", "none"}
    spacing = "of unknown length" if unknown else f"of {data.frequency}, as data.frequency says"
    return (
        f"Stamps count steps {spacing}; the season is {file.frequency.counted_season} steps, and no"
        " calendar is used. Where a date is shown, step 0 is 1970-01-01 and each step a day."
    )
