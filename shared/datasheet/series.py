"""The series behind the windows of a forecast.

Lengths, gaps and ranges, put together again from the targets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Examples
from shared.contract.series_facts import ForecastFacts, SeriesFacts
from shared.run.artefacts.data.series import (
    CoveredSeriesRecord,
    CoverRecord,
    LargestCountsRecord,
    MaskedRecord,
    SeriesRecord,
    SeriesSourceRecord,
    SourceSeriesRecord,
)
from shared.targets import Horizon

__all__ = ["describe_series"]

_MOST_SERIES = 50
_SERIES_ATTRIBUTE = "series"


def describe_series(
    splits: Mapping[str, Examples], target: Horizon, facts: ForecastFacts | None = None
) -> SeriesRecord:
    """What the targets of all windows cover, series by series, the first 50 by name.

    A series is a value of the group attribute "series", or what stands before the "@" in the ids
    where there is none.

    Args:
        splits: Split -> its windows.
        target: Of the windows.
        facts: What reading found out; None if nothing is known of it.
    """
    rows_of = {split: _rows_by_series(examples) for split, examples in splits.items()}
    everyone = sorted({name for of_split in rows_of.values() for name in of_split})
    nowhere = np.empty(0, dtype=np.int64)
    covered = []
    for name in everyone[:_MOST_SERIES]:
        covers = {
            split: _cover(examples, rows_of[split].get(name, nowhere), target)
            for split, examples in splits.items()
        }
        covered.append(CoveredSeriesRecord(name=name, splits=covers))
    return SeriesRecord(
        step_seconds=target.step_seconds,
        steps_ahead=target.steps,
        unit=target.unit,
        num_series=len(everyone),
        masked={split: _masked(examples) for split, examples in splits.items()},
        source=None if facts is None else _describe_source(facts),
        series=tuple(covered),
    )


def _masked(examples: Examples) -> MaskedRecord:
    num_masked = sum(int(np.isnan(examples.targets[piece]).sum()) for piece in examples.pieces())
    return MaskedRecord(n=int(examples.targets.size), num_masked=num_masked)


def _describe_source(facts: ForecastFacts) -> SeriesSourceRecord:
    largest = LargestCountsRecord(
        num_duplicates=max((item.num_duplicates for item in facts.series), default=0),
        num_out_of_order=max((item.num_out_of_order for item in facts.series), default=0),
    )
    return SeriesSourceRecord(
        rule=facts.rule,
        windows=facts.windows,
        series=tuple(_describe_facts(item) for item in facts.series[:_MOST_SERIES]),
        largest=largest,
    )


def _describe_facts(item: SeriesFacts) -> SourceSeriesRecord:
    return SourceSeriesRecord(**asdict(item), not_observed=1.0 - item.num_observed / item.num_steps)


def _rows_by_series(examples: Examples) -> dict[str, NDArray[np.int64]]:
    """The rows of each series, (m,) int64 increasing."""
    if _SERIES_ATTRIBUTE in examples.groups:
        names = examples.groups[_SERIES_ATTRIBUTE]
    else:
        names = pd.Series([str(identifier).rpartition("@")[0] for identifier in examples.ids])
    codes, found = pd.factorize(names)
    order = np.argsort(codes, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    return dict(zip(map(str, found), rows, strict=True))


def _cover(examples: Examples, chosen: NDArray[np.int64], target: Horizon) -> CoverRecord | None:
    """What one series' targets cover in one split; None if there are none."""
    if examples.forecast is None or not len(chosen):
        return None
    starts = examples.forecast.starts[chosen].astype("datetime64[s]")
    first = starts.min()
    values, is_covered = _put_together(examples.targets[chosen], starts, target)
    observed = values[np.isfinite(values)]
    last = first + np.timedelta64((len(values) - 1) * target.step_seconds, "s")
    return CoverRecord(
        first=str(first),
        last=str(last),
        num_steps=len(values),
        num_covered=int(is_covered.sum()),
        num_observed=int(np.isfinite(values).all(axis=1).sum()),
        **_range(observed),
    )


def _put_together(
    windows: NDArray[np.float64], starts: NDArray[np.datetime64], target: Horizon
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The series that windows (n, steps, channels) are cut from, and which steps those cover.

    (steps, channels), NaN where no window reaches, and (steps,).
    """
    seconds = (starts - starts.min()).astype(np.int64)
    places = np.round(seconds / target.step_seconds).astype(np.int64)
    shape = (int(places.max()) + target.steps, len(target.channels))
    values = np.full(shape, np.nan)
    # Overlapping windows write the same values again.
    covered = places[:, None] + np.arange(target.steps)  # (n, steps)
    values[covered] = windows
    return values, np.isin(np.arange(len(values)), covered)


def _range(observed: NDArray[np.float64]) -> dict[str, float | None]:
    if not len(observed):
        return dict.fromkeys(("smallest", "largest", "mean", "sd"))
    return {
        "smallest": float(observed.min()),
        "largest": float(observed.max()),
        "mean": float(observed.mean()),
        "sd": float(observed.std()),
    }
