"""Stamps that are none: numbers of steps, or rows in order. Each step is laid on a day of 1970 on.

Days, so that no hour of the day is told of a clock that has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.api import guess_datetime_format

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.clock.formats import (
    COUNTED,
    advise_format,
    is_digits,
    read_moments,
)
from pipelines.time_series.reading.columns import find_time_column, names_time
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.table.header import require_header
from pipelines.time_series.reading.table.numbers import is_blank, is_moment, to_numbers
from shared.config.setting_text import set_option
from shared.loading.files.tables import may_lack_header

__all__ = [
    "MOST_STEPS",
    "ROWS",
    "advise_counting",
    "count_of",
    "counted_frequency",
    "counts_steps",
    "with_row_numbers",
]

ROWS = "row number"
"""The column of row numbers that stands for stamps."""

_DAY_SECONDS = 86_400
MOST_STEPS = 2_000_000
_REGULAR_SHARE = 0.9
_LEAST_CORRELATION = 0.3
_LONGEST_SEASON = 400
_LOOKED_AT = 100
_PEAK_SHARE = 0.9
_STANDARD_ERRORS = 4.0
_SHORTEST_SEARCHED = 5
_FEWEST_VOTES = 4
"""A season of fewer than one in so many series is none of all."""


def counts_steps(column: pd.Series, time_format: str | None, *, is_named: bool) -> bool:
    """Whether a column of stamps holds whole numbers of regular steps, and no dates.

    Args:
        column: As it was read.
        time_format: As configured.
        is_named: Whether its name says that it holds times; else all numbers must differ.
    """
    if time_format is not None:
        return time_format == COUNTED
    texts = column.astype("string").dropna().unique().tolist()
    return advise_format(texts) is None and _are_regular(column, is_named=is_named)


def _are_regular(column: pd.Series, *, is_named: bool) -> bool:
    texts = column.astype("string").dropna().unique().tolist()
    if not is_digits(texts):
        return False
    numbers = np.unique(to_numbers(pd.Series(texts, dtype=object)))
    if len(numbers) < 2 or (numbers != np.round(numbers)).any() or numbers[-1] > MOST_STEPS:
        return False
    _, counts = np.unique(np.diff(numbers), return_counts=True)
    is_regular = counts.max() >= _REGULAR_SHARE * counts.sum()
    return bool(is_regular) and (is_named or len(numbers) == len(column))


def _lacks_stamps(column: pd.Series, config: TimeSeriesDataConfig) -> bool:
    """Whether a column that would be taken for stamps holds none, and `data.frequency` is set."""
    if config.frequency == "auto" or config.time_format is not None or is_moment(column):
        return False
    texts = column[~is_blank(column)].astype(str).str.strip().head(_LOOKED_AT).tolist()
    if is_digits(texts):
        is_named = names_time(str(column.name), config)
        return advise_format(texts) is None and not _are_regular(column, is_named=is_named)
    if np.isfinite(to_numbers(pd.Series(texts, dtype=object))).any():
        return True
    iso = read_moments(pd.Series(texts, dtype=object), "ISO8601").notna().any()
    return not iso and all(guess_datetime_format(text) is None for text in texts)


def with_row_numbers(
    table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path
) -> tuple[pd.DataFrame, TimeSeriesDataConfig]:
    """A table without stamps with the numbers of its rows in their place, and how to read it."""
    names = [str(name) for name in table.columns]
    time = find_time_column(table, config)
    if config.time_column is not None or not _lacks_stamps(table[time], config):
        return table, config
    if may_lack_header(path):
        require_header(names, time, path)
    numbered = table.assign(**{ROWS: np.arange(1, len(table) + 1)})
    changes = {"time_column": ROWS, "time_format": COUNTED}
    return numbered, config.model_copy(update=changes)


def advise_counting(column: pd.Series | None = None) -> str:
    """What to do about a table without stamps, in a sentence without a full stop.

    Args:
        column: What was taken for stamps; None: it holds no numbers.
    """
    unstamped = (
        "If the table has no stamps, say how far its rows are apart:"
        f" {set_option('data.frequency', 'D')} (or h, MS, …; none if unknown)"
    )
    if column is None or not _are_regular(column, is_named=False):
        return unstamped
    return f"If it counts steps, {set_option('data.time_format', COUNTED)} says so. {unstamped}"


def count_of(stamps: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """The numbers of steps that stamps stand for."""
    return np.asarray(stamps.astype("datetime64[D]").astype(np.int64))


def counted_frequency(
    clocks: Sequence[NDArray[np.datetime64]], known: Sequence[NDArray[np.float64]], configured: str
) -> Frequency:
    """The clock of counted steps.

    Args:
        clocks: The stamps of each series.
        known: Of each series the values in which a season may be looked for.
        configured: `data.frequency`; a name tells the season.
    """
    steps = [np.diff(np.unique(count_of(clock))) for clock in clocks]
    sizes, counts = np.unique(np.concatenate([*steps, [1]]), return_counts=True)
    days = int(sizes[counts.argmax()])
    declared = None if configured in {"auto", "none"} else Frequency.named(configured)
    season = _find_season(known) if declared is None else declared.usual_season() or 1
    seconds = days * _DAY_SECONDS
    return Frequency(f"{seconds}s", seconds, counted_season=season)


def _find_season(known: Sequence[NDArray[np.float64]]) -> int:
    """The season that most series have of those that have one; 1 if few have any."""
    found = Counter(_season_of(values) for values in known)
    found.pop(1, None)
    season, votes = found.most_common(1)[0] if found else (1, 0)
    return season if _FEWEST_VOTES * votes >= len(known) else 1


def _season_of(values: NDArray[np.float64]) -> int:
    """The shortest lag at which changes repeat; 1 if they do at none.

    Of changes, because a slow course is like itself at every short lag.
    """
    changes = np.nan_to_num(np.diff(values))
    scores = _with_second(_correlations(changes - changes.mean()) if len(changes) else np.zeros(1))
    if len(scores) < _SHORTEST_SEARCHED:
        return 1
    inner = scores[2:-1]
    is_peak = (inner > scores[1:-2]) & (inner > scores[3:])
    least = max(_LEAST_CORRELATION, _STANDARD_ERRORS / np.sqrt(len(changes)))
    highest = float(inner[is_peak].max(initial=0.0))
    high = is_peak & (inner >= max(least, _PEAK_SHARE * highest))
    return 2 + int(np.flatnonzero(high)[0]) if high.any() else 1


def _with_second(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over one and two seasons: a season's neighbour is like it once, not twice."""
    scores = means.copy()
    half = np.arange(1, (len(means) - 1) // 2 + 1)
    scores[half] = (means[half] + means[2 * half]) / 2.0
    return scores


def _correlations(changes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of changes with those so many steps before, for each lag up to a third of them."""
    power = float((changes**2).mean())
    most = min(len(changes) // 3, _LONGEST_SEASON)
    found = np.zeros(max(most, 0) + 1)
    for lag in range(1, most + 1 if power > 0.0 else 0):
        found[lag] = (changes[lag:] * changes[:-lag]).mean() / power
    return found
