"""The clock of a table: of stamps that are moments, and of those that count steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.clock.counted import ROWS, counted_frequency
from pipelines.time_series.reading.clock.formats import COUNTED
from pipelines.time_series.reading.columns import Columns, names_time
from pipelines.time_series.reading.frequency import Frequency, find_frequency
from pipelines.time_series.reading.stamps import Stamps, parse_stamps
from pipelines.time_series.reading.table.raw_series import RawSeries

__all__ = ["find_clock", "read_stamps", "reading_settings"]


def read_stamps(
    table: pd.DataFrame,
    time: str,
    owners: NDArray[np.int64],
    config: TimeSeriesDataConfig,
    path: Path,
) -> Stamps:
    """The stamps of each row; numbers of rows count within each series (`owners`)."""
    column = table[time]
    if time == ROWS:
        column = 1 + table.groupby(owners)[time].cumcount().rename(ROWS)
    is_named = names_time(time, config)
    return parse_stamps(column, config.time_format, path, is_named=is_named)


def find_clock(
    raw: Sequence[RawSeries], written: Stamps, config: TimeSeriesDataConfig, path: Path
) -> Frequency:
    """The step that the series keep.

    Raises:
        DataError: As `find_frequency`.
    """
    clocks = {id(item.stamps): item.stamps for item in raw}  # wide tables have one
    if not written.are_counted:
        configured = "auto" if config.frequency == "none" else config.frequency
        return find_frequency(list(clocks.values()), configured, str(path))
    share = 1.0 - config.validation_share - config.test_share  # a season is looked for in training
    known = [item.numbers[: int(share * len(item.numbers)), 0] for item in raw]
    return counted_frequency(list(clocks.values()), known, config.frequency)


def reading_settings(columns: Columns, written: Stamps) -> dict[str, Any]:
    """Settings of `data` by which a file to score is read in the same way."""
    settings = columns.as_settings()
    if columns.time == ROWS:
        del settings["time_column"]
    elif written.are_counted:
        settings["time_format"] = COUNTED
    return settings
