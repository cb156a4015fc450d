"""Where two runs differ: rows that only one gets right, groups, and settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.config import EvaluateConfig
from shared.evaluation.comparison import RunPair
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG, GROUP_PREFIX, TEST_SPLIT
from shared.statistics.intervals import Estimate, Interval, wilson_interval
from shared.statistics.shares import clustered_mean
from shared.targets import Categories, Horizon

__all__ = [
    "GroupDifference",
    "OneSidedRow",
    "SettingDifference",
    "compare_settings",
    "find_one_sided_rows",
    "group_differences",
]

_MOST_ROWS = 12
_ALIKE = "no interval: all entities agree"
_ROUNDING = 1e-9
"""Of a width: equal means of entities differ by rounding."""
_FORECAST_ERROR = "mae_standardised"
_COST_ONLY = ("data.cache_dir", "data.cache_limit_mib", "data.cache_disk_limit_mib")


@dataclass(frozen=True)
class OneSidedRow:
    """A row that one run gets right and the other wrong; of a forecast, one that it gets better.

    Attributes:
        id: Of the row.
        right: Which run.
        truth: The true class; empty for forecasts.
        first: What the first run says: its class, or its error.
        second: What the second run says.
        strength: Confidence of the right one, or by how much its error is smaller.
    """

    id: str
    right: Literal["first", "second"]
    truth: str
    first: str
    second: str
    strength: float


@dataclass(frozen=True)
class GroupDifference:
    """How much better the first run is in one group than the second, row by row.

    Attributes:
        attribute: Of the group.
        group: Its value.
        n: Rows.
        first: Mean of the first run.
        second: Mean of the second.
        difference: First minus second, paired, with its interval by entity.
    """

    attribute: str
    group: str
    n: int
    first: float
    second: float
    difference: Estimate


@dataclass(frozen=True)
class SettingDifference:
    """A setting that is not the same in both runs; None where a run has none of that name."""

    name: str
    first: str | None
    second: str | None


def find_one_sided_rows(pair: RunPair) -> tuple[tuple[OneSidedRow, ...], dict[str, int]]:
    """The rows that only one gets right, the most confident first, and how many there are.

    Returns:
        At most twelve rows of each run, and the number of all: `first`, `second`.
    """
    match (pair.target, pair.second_target):
        case (Categories() as first, Categories() as second):
            rows = list(_one_sided_classes(pair, first, second))
        case (Horizon() as target, _):
            rows = list(_one_sided_forecasts(pair, target))
        case _:
            raise TypeError(f"targets of two kinds: {pair.target.kind}")
    rows.sort(key=lambda row: (-row.strength, row.id))
    counts = {side: sum(row.right == side for row in rows) for side in ("first", "second")}
    shown: list[OneSidedRow] = []
    for side in ("first", "second"):
        shown += [row for row in rows if row.right == side][:_MOST_ROWS]
    return tuple(shown), counts


def group_differences(
    pair: RunPair, run: RunDirectory, settings: EvaluateConfig
) -> tuple[GroupDifference, ...]:
    """The paired difference of accuracy (of forecasts: standardised absolute error) in each group.

    Args:
        pair: Predictions of both runs.
        run: The first one, whose groups count.
        settings: The least rows of a group, and the level of intervals.
    """
    values = _row_values(pair)
    table = run.read_table(TEST_SPLIT)
    table = table.set_axis(table["id"].astype(str), axis=0).reindex(pair.first.ids.tolist())
    least = max(settings.min_group_size, settings.privacy_group_size)
    found = []
    for column in [name for name in table.columns if name.startswith(GROUP_PREFIX)]:
        names = table[column].astype(str).to_numpy()
        attribute = column.removeprefix(GROUP_PREFIX)
        sizes = dict(zip(*np.unique(names, return_counts=True), strict=True))
        if min(sizes.values()) < settings.privacy_group_size:
            continue  # a small group would follow from the others
        for group, n in sizes.items():
            if n >= least:
                inside = np.flatnonzero(names == group)
                found.append(_of_group(pair, values, inside, (attribute, str(group)), settings))
    return tuple(found)


def compare_settings(first: RunDirectory, second: RunDirectory) -> tuple[SettingDifference, ...]:
    """The settings that differ, in alphabetical order; where the cache lies changes no result."""
    ours, theirs = (dict(_flat(run.read_json(CONFIG))) for run in (first, second))
    return tuple(
        SettingDifference(name, ours.get(name), theirs.get(name))
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name) and name not in _COST_ONLY
    )


def _one_sided_classes(
    pair: RunPair, first: Categories, second: Categories
) -> Iterator[OneSidedRow]:
    said = (first.decide(pair.first.scores), second.decide(pair.second.scores))
    sure = (first.confidence(pair.first.scores), second.confidence(pair.second.scores))
    right = [decided == pair.first.targets for decided in said]
    for row in np.flatnonzero(right[0] != right[1]).tolist():
        side = 0 if right[0][row] else 1
        truth = first.names[int(pair.first.targets[row])]
        names = (first.names[int(said[0][row])], second.names[int(said[1][row])])
        yield OneSidedRow(
            id=str(pair.first.ids[row]),
            right="first" if side == 0 else "second",
            truth=truth,
            first=names[0],
            second=names[1],
            strength=float(sure[side][row]),
        )


def _one_sided_forecasts(pair: RunPair, target: Horizon) -> Iterator[OneSidedRow]:
    """A row counts for the run whose error is at most half the other's."""
    ours, theirs = (target.row_errors(side)[_FORECAST_ERROR] for side in (pair.first, pair.second))
    one_sided = (ours <= 0.5 * theirs) | (theirs <= 0.5 * ours)
    one_sided &= np.isfinite(ours) & np.isfinite(theirs) & (ours != theirs)
    for row in np.flatnonzero(one_sided).tolist():
        difference = float(ours[row] - theirs[row])
        yield OneSidedRow(
            id=str(pair.first.ids[row]),
            right="first" if difference < 0.0 else "second",
            truth="",
            first=f"{ours[row]:.3g}",
            second=f"{theirs[row]:.3g}",
            strength=abs(difference),
        )


def _row_values(pair: RunPair) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each row and run whether it is right, or how large its error is; (n,) each."""
    match pair.target:
        case Categories():
            sides = (pair.target, pair.first), (pair.second_target, pair.second)
            errors = [target.row_errors(predictions)["error"] for target, predictions in sides]
            return 1.0 - errors[0], 1.0 - errors[1]
        case Horizon():
            first = pair.target.row_errors(pair.first)[_FORECAST_ERROR]
            return first, pair.target.row_errors(pair.second)[_FORECAST_ERROR]
        case _:
            assert_never(pair.target)


def _of_group(
    pair: RunPair,
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    rows: NDArray[np.int64],
    names: tuple[str, str],
    settings: EvaluateConfig,
) -> GroupDifference:
    ours, theirs = (side[rows] for side in values)
    difference = clustered_mean(
        ours - theirs, pair.first.entities[rows], settings.confidence, is_share=False
    )
    if (ours == theirs).all():
        entities = len(np.unique(pair.first.entities[rows]))
        difference = _of_no_change(entities, settings.confidence)
        if pair.has_same_scores:
            difference = Estimate.of_equals()
    elif _has_no_width(difference.interval):
        # Two speakers who lose the same do not prove that all would.
        difference = Estimate(value=difference.value, note=difference.note or _ALIKE)
    return GroupDifference(
        attribute=names[0],
        group=names[1],
        n=len(rows),
        first=float(np.nanmean(ours)),
        second=float(np.nanmean(theirs)),
        difference=difference,
    )


def _has_no_width(interval: Interval | None) -> bool:
    return interval is None or interval.high - interval.low <= _ROUNDING


def _of_no_change(num_entities: int, confidence: float) -> Estimate:
    """Seeing no row change does not prove that none does: Wilson's bound of how many may."""
    most = wilson_interval(0.0, num_entities, confidence).high
    return Estimate.of(0.0, Interval(-most, most), "no row changed; the interval is Wilson's")


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"{prefix}{name}", said
