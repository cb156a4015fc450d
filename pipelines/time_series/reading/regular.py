"""Rows of one series -> a regular clock.

Missing stamps inserted, irregular ones refused.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.clock.advice import advise_frequency, advise_irregular
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.table.raw_series import RawSeries
from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.contract.series_facts import SeriesFacts, describe_gaps

__all__ = ["make_regular"]

_MOST_STEPS_PER_ROW = 100
"""A clock that is this much longer than the rows on it comes from a wrong stamp, not from gaps."""


def make_regular(raw: RawSeries, frequency: Frequency) -> Series | Problem:
    """Lay distinct, sorted rows on the clock; steps before the first value are cut off."""
    observed = np.flatnonzero(np.isfinite(raw.numbers[:, 0]))
    if len(observed) == 0:
        return Problem(
            str(raw.origin.path),
            f"series {raw.name!r} has no value",
            row=int(raw.rows[0]),
            field=raw.fields[0],
        )
    raw = raw.take(slice(int(observed[0]), None))
    grid = _find_grid(raw, frequency)
    if isinstance(grid, Problem):
        return grid
    numbers = np.full((len(grid), raw.numbers.shape[1]), np.nan, np.float64)
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


def _find_grid(raw: RawSeries, frequency: Frequency) -> NDArray[np.datetime64] | Problem:
    first = raw.stamps[0]
    last = raw.stamps[-1]
    if frequency.num_between(first, last) > _MOST_STEPS_PER_ROW * max(len(raw.stamps), 100):
        return _from_another_age(raw, frequency)
    grid = frequency.between(first, last)
    wrong = ~np.isin(raw.stamps, grid)
    if not wrong.any():
        return grid
    place = int(wrong.argmax())
    advice = advise_irregular(raw, frequency)
    reason = (
        f"series {raw.name!r} has an irregular stamp: {raw.written(place)} is not a whole number of"
        f" steps ({frequency.shown}) after {raw.written(0)}. {advice}"
    )
    return _problem(raw, place, reason)


def _from_another_age(raw: RawSeries, frequency: Frequency) -> Problem:
    num_steps = frequency.num_between(raw.stamps[0], raw.stamps[-1])
    place = int(np.diff(raw.stamps).argmax()) + 1
    usual = set_option("data.frequency", advise_frequency(raw.stamps) or "D")
    rows = f"series {raw.name!r} has {len(raw.stamps)} rows between {raw.written(0)} and"
    reason = (
        f"{rows} {raw.written(-1)}, which are about {num_steps:,} steps of {frequency.shown}; the"
        f" largest jump is to {raw.written(place)}. Correct the stamp, or name the step, such as"
        f" {usual}"
    )
    return _problem(raw, place, reason)


def _problem(raw: RawSeries, place: int, reason: str) -> Problem:
    return Problem(str(raw.origin.path), reason, row=int(raw.rows[place]), field=raw.origin.time)


def _describe(
    raw: RawSeries, grid: NDArray[np.datetime64], values: NDArray[np.float64]
) -> SeriesFacts:
    facts = describe_gaps(raw.name, grid, values)
    return replace(
        facts,
        num_inserted=facts.num_steps - int((raw.stamps <= np.datetime64(facts.last)).sum()),
        num_duplicates=raw.num_duplicates,
        num_out_of_order=raw.num_out_of_order,
        clock_changes=raw.clock_changes,
    )
