"""Which series each split takes its targets from, and on what each series is measured.

By time, or by series held out whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.series_statistics import explain_unmeasurable
from pipelines.time_series.reading.windows.partition import Partition
from pipelines.time_series.reading.windows.rules import choose_windows
from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError

__all__ = ["Assignment", "assign_series"]

_SPLITS = ("train", "val", "test")
_FEWEST_SERIES = 3


@dataclass(frozen=True)
class Assignment:
    """What becomes of each series.

    Attributes:
        series: The usable ones.
        spans: For each, the places on which it is measured; nothing that is to be forecast for
            evaluation lies in them.
        owners: Split -> indices of the series that it takes windows from.
        problems: Why the others can't be used.
    """

    series: tuple[Series, ...]
    spans: tuple[slice, ...]
    owners: Mapping[str, tuple[int, ...]]
    problems: tuple[Problem, ...]


def assign_series(
    series: Sequence[Series],
    partition: Partition,
    config: TimeSeriesDataConfig,
    season_steps: int,
    seed: int,
) -> Assignment:
    """Assign series to splits as `data.split` says.

    `temporal` and `last_steps`: every series is in every split. `cold_start`: every series is in
    one split only, and the splits still follow each other in time, so that the test asks about new
    series at a later time.

    Raises:
        DataError: There are too few series to hold some out.
    """
    long_enough, problems = _drop_short(series, config)
    match config.split:
        case "temporal" | "last_steps":
            return _by_time(long_enough, problems, partition, config, season_steps)
        case "cold_start":
            return _by_series(long_enough, problems, partition, config, season_steps, seed)
        case _:
            assert_never(config.split)


def _drop_short(
    series: Sequence[Series], config: TimeSeriesDataConfig
) -> tuple[list[Series], list[Problem]]:
    need = config.lookback + config.horizon_steps
    kept = [item for item in series if item.num_past_steps >= need]
    problems = [
        Problem(
            config.source,
            f"series {item.name!r} is too short: {item.num_past_steps} steps, but a window needs"
            f" data.lookback_steps + data.horizon_steps = {config.lookback} +"
            f" {config.horizon_steps} = {need}",
        )
        for item in series
        if item.num_past_steps < need
    ]
    return kept, problems


def _by_time(
    series: Sequence[Series],
    problems: list[Problem],
    partition: Partition,
    config: TimeSeriesDataConfig,
    season_steps: int,
) -> Assignment:
    train = partition.splits["train"]
    spans = [slice(*train.places(item)) for item in series]
    owners = dict.fromkeys(_SPLITS, range(len(series)))
    names = dict.fromkeys(_SPLITS, train.until)
    reasons = _find_unmeasurable(series, spans, owners, season_steps, names)
    return _finish(series, spans, owners, problems, _as_problems(reasons, config))


def _by_series(
    series: Sequence[Series],
    problems: list[Problem],
    partition: Partition,
    config: TimeSeriesDataConfig,
    season_steps: int,
    seed: int,
) -> Assignment:
    firsts = {name: _first_windows(name, series, partition, config) for name in _SPLITS}
    owners = _hold_out(firsts, config, seed)
    train = partition.splits["train"]
    spans = [slice(*train.places(item)) for item in series]
    for name in ("val", "test"):
        for owner in owners[name]:
            spans[owner] = slice(0, int(firsts[name][owner]))
    names = {
        "train": train.until,
        **{name: f"before its first forecast in {name!r}" for name in ("val", "test")},
    }
    homeless = sorted(set(range(len(series))) - set(chain(*owners.values())))
    reason = (
        "has no window that may be used in the time of the split that it could belong to, see"
        " data.min_observed_share"
    )
    for owner in homeless:
        message = f"series {series[owner].name!r} {reason}"
        problems = [*problems, Problem(config.source, message)]
    reasons = _find_unmeasurable(series, spans, owners, season_steps, names)
    return _finish(series, spans, owners, problems, _as_problems(reasons, config))


def _first_windows(
    name: str, series: Sequence[Series], partition: Partition, config: TimeSeriesDataConfig
) -> NDArray[np.int64]:
    """(series,): the place of the first usable window of each series in the time of a split.

    −1 where there is none.
    """
    index = choose_windows(name, partition.splits[name], series, config, 1).index
    firsts = np.full(len(series), -1, dtype=np.int64)
    owners, first_of = np.unique(index.series, return_index=True)
    firsts[owners] = index.places[first_of]
    return firsts


def _hold_out(
    firsts: Mapping[str, NDArray[np.int64]], config: TimeSeriesDataConfig, seed: int
) -> dict[str, tuple[int, ...]]:
    """Draw the series of test, then of val, from those that have windows there.

    Those that training can't use come first.

    Raises:
        DataError: There are not enough series.
    """
    num_series = len(firsts["train"])
    if num_series < _FEWEST_SERIES:
        raise DataError(
            f"{config.source}: data.split=cold_start holds out whole series and needs at least"
            f" {_FEWEST_SERIES}, received {num_series}. Give more series, or use"
            f" {set_option('data.split', 'temporal')}"
        )
    order = np.random.default_rng([seed, 20]).permutation(num_series)
    order = order[np.argsort(firsts["train"][order] >= 0, kind="stable")]
    held: dict[str, tuple[int, ...]] = {}
    free = order.tolist()
    for name, share in (("test", config.test_share), ("val", config.validation_share)):
        fitting = [owner for owner in free if firsts[name][owner] >= 0]
        held[name] = tuple(sorted(fitting[: max(1, round(share * num_series))]))
        taken = frozenset(held[name])
        free = [owner for owner in free if owner not in taken]
    held["train"] = tuple(sorted(owner for owner in free if firsts["train"][owner] >= 0))
    empty = [name for name in _SPLITS if not held[name]]
    if empty:
        raise DataError(
            f"{config.source}: with data.split=cold_start no series is left for {empty[0]!r}. It"
            " needs a series with windows in the time of that split. Give more or longer series, or"
            f" use {set_option('data.split', 'temporal')}"
        )
    return held


def _find_unmeasurable(
    series: Sequence[Series],
    spans: Sequence[slice],
    owners: Mapping[str, Sequence[int]],
    season_steps: int,
    span_names: Mapping[str, str],
) -> dict[int, str | None]:
    """Why each series of any split can't be measured on its span; None where it can."""
    split_of = {owner: name for name in reversed(_SPLITS) for owner in owners[name]}
    reasons = {}
    for owner in sorted(split_of):
        span_name = span_names[split_of[owner]]
        reasons[owner] = explain_unmeasurable(series[owner], spans[owner], span_name, season_steps)
    return reasons


def _as_problems(
    reasons: Mapping[int, str | None], config: TimeSeriesDataConfig
) -> dict[int, Problem | None]:
    return {
        owner: None if reason is None else Problem(config.source, reason)
        for owner, reason in reasons.items()
    }


def _finish(
    series: Sequence[Series],
    spans: Sequence[slice],
    owners: Mapping[str, Sequence[int]],
    problems: list[Problem],
    unmeasurable: Mapping[int, Problem | None],
) -> Assignment:
    """Leave out what can't be measured, and number the rest anew."""
    kept = [owner for owner, problem in unmeasurable.items() if problem is None]
    problems = [*problems, *(problem for problem in unmeasurable.values() if problem is not None)]
    places = {owner: place for place, owner in enumerate(kept)}
    numbered = {
        name: tuple(places[owner] for owner in owners[name] if owner in places) for name in _SPLITS
    }
    return Assignment(
        series=tuple(series[owner] for owner in kept),
        spans=tuple(spans[owner] for owner in kept),
        owners=numbered,
        problems=tuple(problems),
    )
