"""Rows of one series -> a regular clock.

Repeated stamps merged or refused, missing ones inserted, irregular ones refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import Duplicates
from pipelines.time_series.reading.clock_changes import find_clock_changes
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.series import Series, Statics
from shared.contract import Problem
from shared.contract.series_facts import SeriesFacts, describe_gaps

__all__ = ["RawSeries", "make_regular", "merge_duplicates"]

_MOST_STEPS_PER_ROW = 100
"""A clock that is this much longer than the rows on it comes from a wrong stamp, not from gaps."""


@dataclass(frozen=True)
class RawSeries:
    """The rows of one series, sorted by time.

    Attributes:
        name: Unique within its file.
        rows: (rows,) int64: places in the file, from 1.
        stamps: (rows,) datetime64[s].
        numbers: (rows, 1 + past + known) float32: value, past covariates, known covariates; NaN
            where the cell is empty.
        fields: The name of each of these columns in the file.
        num_known: How many of them are known covariates.
        statics: What does not change over time.
        attributes: Group attributes.
        have_zone: Whether stamps are UTC rather than what local clocks show.
        num_out_of_order: Rows that stood before an earlier moment.
        num_duplicates: Rows that were merged with another of the same stamp.
        clock_changes: What was found out about them.
    """

    name: str
    rows: NDArray[np.int64]
    stamps: NDArray[np.datetime64]
    numbers: NDArray[np.float32]
    fields: tuple[str, ...]
    num_known: int
    statics: Statics
    attributes: Mapping[str, str]
    have_zone: bool
    num_out_of_order: int = 0
    num_duplicates: int = 0
    clock_changes: tuple[str, ...] = ()

    def take(self, places: NDArray[np.int64] | slice) -> RawSeries:
        """Some of the rows."""
        return replace(
            self, rows=self.rows[places], stamps=self.stamps[places], numbers=self.numbers[places]
        )


def merge_duplicates(
    raw: RawSeries, duplicates: Duplicates, step_seconds: int, time: str, path: Path
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
        return _refuse_duplicate(raw, time, path)
    _, firsts = np.unique(raw.stamps, return_index=True)
    numbers = _merge(raw.numbers, owner, len(distinct), duplicates)
    return replace(
        raw.take(firsts), numbers=numbers, num_duplicates=len(raw.stamps) - len(distinct)
    )


def _refuse_duplicate(raw: RawSeries, time: str, path: Path) -> Problem:
    place = int(np.flatnonzero(raw.stamps[1:] == raw.stamps[:-1])[0])
    first = raw.rows[place]
    second = raw.rows[place + 1]
    hint = "Keep one, or say which counts with --set data.duplicates=mean (first, last)"
    if any("twice" in sentence for sentence in raw.clock_changes):
        hint = (
            f"{next(s for s in raw.clock_changes if 'twice' in s)} Name the zone of the stamps with"
            " --set data.timezone=Europe/Berlin"
        )
    reason = (
        f"series {raw.name!r} has the stamp {raw.stamps[place]} twice, in rows {first} and"
        f" {second}. {hint}"
    )
    return Problem(str(path), reason, row=int(second), field=time)


def _merge(
    numbers: NDArray[np.float32], owner: NDArray[np.int64], count: int, duplicates: Duplicates
) -> NDArray[np.float32]:
    """(rows, columns) -> (count, columns): rows of one owner become one."""
    present = np.isfinite(numbers)
    merged = np.full((count, numbers.shape[1]), np.nan, np.float32)
    for column in range(numbers.shape[1]):
        seen = present[:, column]
        owners = owner[seen]
        values = numbers[seen, column]
        if duplicates == "mean":
            sums = np.bincount(owners, weights=values, minlength=count)
            counts = np.bincount(owners, minlength=count)
            merged[counts > 0, column] = (sums[counts > 0] / counts[counts > 0]).astype(np.float32)
        else:
            backwards = (
                slice(None, None, -1) if duplicates == "first" else slice(None)
            )  # of several, the one assigned last stays
            merged[owners[backwards], column] = values[backwards]
    return merged


def make_regular(raw: RawSeries, frequency: Frequency, time: str, path: Path) -> Series | Problem:
    """Lay distinct, sorted rows on the clock; steps before the first value are cut off."""
    observed = np.flatnonzero(np.isfinite(raw.numbers[:, 0]))
    if len(observed) == 0:
        return Problem(
            str(path),
            f"series {raw.name!r} has no value",
            row=int(raw.rows[0]),
            field=raw.fields[0],
        )
    raw = raw.take(slice(int(observed[0]), None))
    grid = _find_grid(raw, frequency, time, path)
    if isinstance(grid, Problem):
        return grid
    numbers = np.full((len(grid), raw.numbers.shape[1]), np.nan, np.float32)
    numbers[np.searchsorted(grid, raw.stamps)] = raw.numbers
    num_past = len(raw.fields) - raw.num_known
    return Series(
        name=raw.name,
        stamps=grid,
        values=numbers[:, 0],
        past=numbers[:, 1:num_past],
        known=numbers[:, num_past:],
        statics=raw.statics,
        attributes=raw.attributes,
        facts=_describe(raw, grid, numbers[:, 0]),
    )


def _find_grid(
    raw: RawSeries, frequency: Frequency, time: str, path: Path
) -> NDArray[np.datetime64] | Problem:
    first = raw.stamps[0]
    last = raw.stamps[-1]
    if frequency.num_between(first, last) > _MOST_STEPS_PER_ROW * max(len(raw.stamps), 100):
        place = int(np.diff(raw.stamps).argmax()) + 1
        reason = (
            f"series {raw.name!r} has {len(raw.stamps)} rows between {first} and {last}, which are"
            f" about {frequency.num_between(first, last):,} steps of {frequency.alias}; the largest"
            f" jump is to {raw.stamps[place]}. Correct the stamp, or name the step with --set"
            " data.frequency=…"
        )
        return Problem(str(path), reason, row=int(raw.rows[place]), field=time)
    grid = frequency.between(first, last)
    wrong = ~np.isin(raw.stamps, grid)
    if not wrong.any():
        return grid
    place = int(wrong.argmax())
    reason = (
        f"series {raw.name!r} has an irregular stamp: {raw.stamps[place]} is not a whole number of"
        f" steps ({frequency.alias}) after {first}. Correct it, or name the step with --set"
        " data.frequency=…"
    )
    return Problem(str(path), reason, row=int(raw.rows[place]), field=time)


def _describe(
    raw: RawSeries, grid: NDArray[np.datetime64], values: NDArray[np.float32]
) -> SeriesFacts:
    facts = describe_gaps(raw.name, grid, values)
    return replace(
        facts,
        num_inserted=facts.num_steps - int((raw.stamps <= np.datetime64(facts.last)).sum()),
        num_duplicates=raw.num_duplicates,
        num_out_of_order=raw.num_out_of_order,
        clock_changes=raw.clock_changes,
    )
