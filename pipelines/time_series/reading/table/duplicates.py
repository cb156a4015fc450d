"""Rows of one series with one stamp: merged by the configured rule, or refused with their cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.reading.clock.zones import find_zone_of_repeated_hours
from pipelines.time_series.reading.clock_changes import find_clock_changes
from pipelines.time_series.reading.table.numbers import is_not_observed, looks_numeric, to_numbers
from pipelines.time_series.reading.table.raw_series import RawSeries
from pipelines.time_series.table_config import Duplicates
from shared.config.setting_text import set_option
from shared.contract import Problem

__all__ = ["merge_duplicates"]

_MOST_CANDIDATES = 8
_MOST_KEYS = 3


def merge_duplicates(
    raw: RawSeries, duplicates: Duplicates, step_seconds: int
) -> RawSeries | Problem:
    """One row for each stamp, by the configured rule.

    Each number by itself, from the rows that have it.
    """
    changes = () if raw.have_zone else find_clock_changes(raw.stamps, step_seconds)
    raw = replace(raw, clock_changes=changes)
    distinct, owner = np.unique(raw.stamps, return_inverse=True)
    if len(distinct) == len(raw.stamps):
        return raw
    if duplicates == "refuse":
        return _refuse_duplicate(raw, step_seconds)
    _, firsts = np.unique(raw.stamps, return_index=True)
    numbers = _merge(raw.numbers, owner, len(distinct), duplicates)
    return replace(
        raw.take(firsts), numbers=numbers, num_duplicates=len(raw.stamps) - len(distinct)
    )


def _refuse_duplicate(raw: RawSeries, step_seconds: int) -> Problem:
    place = int(np.flatnonzero(raw.stamps[1:] == raw.stamps[:-1])[0])
    reason = (
        f"series {raw.name!r} has the stamp {raw.written(place)} twice, in rows {raw.rows[place]}"
        f" and {raw.rows[place + 1]}. {_cause(raw, step_seconds, place)}"
    )
    return Problem(
        str(raw.origin.path), reason, row=int(raw.rows[place + 1]), field=raw.origin.time
    )


def _cause(raw: RawSeries, step_seconds: int, place: int) -> str:
    """Why a stamp is there twice, as far as the table tells, and what to do about it."""
    zone = None
    if not raw.have_zone:
        zone = find_zone_of_repeated_hours(raw.stamps, step_seconds)
    if zone is not None:
        return (
            "As when clocks are set back: name the zone of the stamps, such as"
            f" {set_option('data.timezone', zone)}"
        )
    keys = _find_keys(raw)
    if keys:
        return _name_keys(raw, keys)
    if _agree(raw):
        return (
            "All rows that share a stamp hold the same numbers. Remove the copies, or merge them"
            f" with {set_option('data.duplicates', 'mean')}"
        )
    return _differ(raw, place)


def _differ(raw: RawSeries, place: int) -> str:
    first = float(raw.numbers[place, 0])
    second = float(raw.numbers[place + 1, 0])
    return (
        f"Their numbers differ ({first:g} and {second:g} in {raw.fields[0]!r}), and no column tells"
        " the rows apart: correct a stamp, remove one of them, or add a column of ids if they are"
        " of different series"
    )


def _agree(raw: RawSeries) -> bool:
    """Whether all rows that share a stamp hold the same numbers."""
    same = raw.stamps[1:] == raw.stamps[:-1]
    first = raw.numbers[:-1][same]
    second = raw.numbers[1:][same]
    return bool(np.array_equal(first, second, equal_nan=True))


def _find_keys(raw: RawSeries) -> tuple[str, ...]:
    """The fewest other columns that, with the stamp, tell all rows of a series apart."""
    table = raw.origin.table.iloc[raw.rows - 1]
    leftover = raw.origin.leftover
    candidates = [name for name in leftover if _could_be_key(table[name])][:_MOST_CANDIDATES]
    stamps = pd.Series(raw.stamps, index=table.index, name="\0stamp")
    most = _MOST_KEYS if raw.origin.series else min(_MOST_KEYS, len(leftover) - 1)
    for size in range(1, most + 1):
        for names in combinations(candidates, size):
            if not pd.concat([stamps, table[list(names)]], axis=1).duplicated().any():
                return names
    return ()


def _could_be_key(column: pd.Series) -> bool:
    """Texts or whole numbers, each of them in more than one row."""
    if column.nunique() > max(1, len(column) // 2):
        return False
    if not looks_numeric(column):
        return True
    numbers = to_numbers(column[~is_not_observed(column)])
    return bool((numbers == np.round(numbers)).all())


def _name_keys(raw: RawSeries, keys: Sequence[str]) -> str:
    named = " and ".join(map(repr, keys))
    verb = "tells" if len(keys) == 1 else "tell"
    own = raw.origin.series
    if own is None and len(keys) == 1:
        return (
            f"The column {named} {verb} such rows apart: it names the series. Say so with"
            f" {set_option('data.series_column', keys[0])}"
        )
    joined = "/".join(keys if own is None else (own, *keys))
    return (
        f"The column{'s' * (len(keys) > 1)} {named} {verb} such rows apart, so that several series"
        f" are in one: join the keys into one column of ids ({joined}) and name it"
    )


def _merge(
    numbers: NDArray[np.float64], owner: NDArray[np.int64], count: int, duplicates: Duplicates
) -> NDArray[np.float64]:
    """(rows, columns) -> (count, columns): rows of one owner become one."""
    present = np.isfinite(numbers)
    merged = np.full((count, numbers.shape[1]), np.nan, np.float64)
    for column in range(numbers.shape[1]):
        seen = present[:, column]
        owners = owner[seen]
        values = numbers[seen, column]
        if duplicates == "mean":
            sums = np.bincount(owners, weights=values, minlength=count)
            counts = np.bincount(owners, minlength=count)
            merged[counts > 0, column] = sums[counts > 0] / counts[counts > 0]
        else:
            backwards = (
                slice(None, None, -1) if duplicates == "first" else slice(None)
            )  # of several, the one assigned last stays
            merged[owners[backwards], column] = values[backwards]
    return merged
