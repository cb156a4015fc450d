"""Which windows are used: those of which enough was observed.

Every other one is counted, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.windows.index import WindowIndex
from pipelines.time_series.reading.windows.partition import Stretch
from shared.contract.series_facts import WindowCounts

__all__ = ["ChosenWindows", "choose_windows", "describe_rule"]


@dataclass(frozen=True)
class ChosenWindows:
    """The windows of one split, and what became of the others."""

    index: WindowIndex
    counts: WindowCounts


@dataclass(frozen=True)
class _Candidates:
    """All windows of one series that fit into a split.

    Where they start, and what would be wrong with each.
    """

    places: NDArray[np.int64]
    few_history: NDArray[np.bool_]
    few_targets: NDArray[np.bool_]
    unknown_ahead: NDArray[np.bool_]

    @property
    def used(self) -> NDArray[np.bool_]:
        return ~(self.few_history | self.few_targets | self.unknown_ahead)


def choose_windows(
    name: str,
    split: Stretch,
    series: Sequence[Series],
    config: TimeSeriesDataConfig,
    stride_steps: int,
    chosen: Sequence[int] | None = None,
) -> ChosenWindows:
    """The usable windows whose targets lie in `split`, series by series.

    Their history may reach back before it.

    Args:
        name: Of the split.
        split: Where its targets lie.
        series: All series.
        config: Lengths, and the share that must be observed.
        stride_steps: Steps between the starts of candidates.
        chosen: Indices of the series to take windows from; None: all.
    """
    owners = range(len(series)) if chosen is None else chosen
    found = [_find_candidates(series[owner], split, config, stride_steps) for owner in owners]
    kept = [item.places[item.used] for item in found]
    index = WindowIndex(
        np.repeat(np.array(owners, dtype=np.int64), [len(places) for places in kept]),
        np.concatenate(kept) if kept else np.empty(0, np.int64),
    )
    # A window with several faults is counted under the first.
    history = sum(int(item.few_history.sum()) for item in found)
    targets = sum(int((item.few_targets & ~item.few_history).sum()) for item in found)
    unknown = sum(
        int((item.unknown_ahead & ~item.few_targets & ~item.few_history).sum()) for item in found
    )
    counts = WindowCounts(
        split=name,
        num_possible=sum(len(item.places) for item in found),
        num_used=len(index),
        num_few_history=history,
        num_few_targets=targets,
        num_unknown_ahead=unknown,
    )
    return ChosenWindows(index, counts)


def describe_rule(config: TimeSeriesDataConfig) -> str:
    """The rule in one sentence."""
    known = " and every known covariate is there for all steps ahead" if config.known else ""
    return (
        f"A window is used if at least {config.min_observed_share:.0%} of its"
        f" {config.lookback} steps of history and of its {config.horizon_steps} targets were"
        f" observed (data.min_observed_share){known}."
    )


def _find_candidates(
    item: Series, split: Stretch, config: TimeSeriesDataConfig, stride_steps: int
) -> _Candidates:
    lookback = config.lookback
    horizon = config.horizon_steps
    first, stop = split.places(item)
    places = np.arange(max(first, lookback), stop - horizon + 1, stride_steps, dtype=np.int64)
    observed = np.isfinite(item.values)
    known = np.asarray(np.isfinite(item.known).all(axis=1))
    return _Candidates(
        places=places,
        few_history=_count(observed, places - lookback, lookback)
        < config.min_observed_share * lookback,
        few_targets=_count(observed, places, horizon) < config.min_observed_share * horizon,
        unknown_ahead=_count(known, places, horizon) < horizon,
    )


def _count(flags: NDArray[np.bool_], firsts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """How many of `length` flags from each place on are set."""
    sums = np.concatenate([[0], np.cumsum(flags)])
    return np.asarray(sums[firsts + length] - sums[firsts])
