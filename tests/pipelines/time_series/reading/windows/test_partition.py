from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.windows.partition import Partition, TimeSplit, cut_time
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure

_HOUR = np.timedelta64(3600, "s")


def _series(num_steps: int, first: str = "2020-01-01") -> Series:
    stamps = np.datetime64(first, "s") + np.arange(num_steps) * _HOUR
    nothing = np.empty((num_steps, 0), np.float64)
    return Series("a", stamps, np.arange(num_steps, dtype=np.float64), nothing, nothing)


_DATA = configure("data.source=a.csv", "data.lookback_steps=48", "data.horizon_steps=6").data


def _timelines(partition: Partition) -> list[NDArray[np.datetime64]]:
    parts = partition.splits.values()
    return [part.timeline for part in parts if isinstance(part, TimeSplit)]


def test_shares_cut_the_timeline_in_order() -> None:
    partition = cut_time([_series(1000)], _DATA, "a.csv")
    train, val, test = _timelines(partition)
    assert [len(train), len(val), len(test)] == [650, 150, 200]
    assert train[-1] < val[0]
    assert val[-1] < test[0]
    assert partition.num_unused_steps == 0


def test_fixed_counts_leave_the_rest_unused() -> None:
    data = _DATA.model_copy(update={"split_steps": (500, 100, 100)})
    partition = cut_time([_series(1000)], data, "a.csv")
    assert [len(part) for part in _timelines(partition)] == [500, 100, 100]
    assert partition.num_unused_steps == 300


def test_series_that_begin_later_share_the_timeline() -> None:
    partition = cut_time([_series(1000), _series(500, first="2020-02-01")], _DATA, "a.csv")
    assert partition.splits["train"].places(_series(500, first="2020-02-01")) == (
        0,
        64,
    )  # 65 % of 1,244 hours


def test_a_part_shorter_than_a_window_is_refused() -> None:
    with pytest.raises(
        DataError,
        match=r"a.csv: too short. The split 'train' has 46 time steps, but one window needs 54",
    ):
        cut_time([_series(70)], _DATA, "a.csv")
    data = _DATA.model_copy(update={"split_steps": (500, 5, 100)})
    with pytest.raises(DataError, match="The split 'val' has 5 time steps, but one window needs 6"):
        cut_time([_series(1000)], data, "a.csv")


def test_counts_beyond_the_end_are_refused() -> None:
    data = _DATA.model_copy(update={"split_steps": (800, 200, 200)})
    with pytest.raises(
        DataError, match=r"data.split_steps asks for 1200 time steps, but there are 1000"
    ):
        cut_time([_series(1000)], data, "a.csv")


def test_places_are_those_inside_the_part() -> None:
    part = TimeSplit(_series(10, first="2020-01-02").stamps)
    assert part.places(_series(100)) == (24, 34)
    assert part.places(_series(30)) == (24, 30)
    assert part.places(_series(5, first="2021-01-01")) == (0, 0)


def test_blocks_are_at_least_a_day_and_the_horizon() -> None:
    part = TimeSplit(_series(100).stamps)
    assert np.unique(part.blocks(part.timeline, 6, 3600), return_counts=True)[1].tolist() == [
        24,
        24,
        24,
        24,
        4,
    ]
    assert np.unique(part.blocks(part.timeline, 48, 3600), return_counts=True)[1].tolist() == [
        48,
        48,
        4,
    ]


def test_blocks_are_named_by_their_first_moment() -> None:
    part = TimeSplit(_series(100).stamps)
    assert part.blocks(part.timeline[[0, 23, 24]], 6, 3600).tolist() == [
        "2020-01-01",
        "2020-01-01",
        "2020-01-02",
    ]
    late = TimeSplit(_series(100, first="2020-01-01T05:00").stamps)
    assert late.blocks(late.timeline[[30]], 6, 3600).tolist() == ["2020-01-02T05:00:00"]


def test_each_series_is_cut_by_its_own_end() -> None:
    data = _DATA.model_copy(update={"split": "last_steps"})
    old, young = _series(100), _series(40, first="2021-01-01")
    splits = cut_time([old, young], data, "a.csv").splits
    assert [part.places(old) for part in splits.values()] == [(0, 88), (88, 94), (94, 100)]
    assert [part.places(young) for part in splits.values()] == [(0, 28), (28, 34), (34, 40)]


def test_where_no_series_can_train_validate_and_test_a_window_that_fits_is_named() -> None:
    data = _DATA.model_copy(update={"split": "last_steps"})
    with pytest.raises(DataError, match=r"has 65 steps, .* takes 66 .*data\.lookback_steps=47"):
        cut_time([_series(65)], data, "a.csv")
