from __future__ import annotations

import pytest

from pipelines.time_series.lag_blocks import block_name, lag_blocks, with_newest_in_quarters


@pytest.mark.parametrize(
    ("block", "season", "unit", "name"),
    [
        ((0, 24), 24, "hours", "a week before"),
        ((120, 144), 24, "hours", "2 days before"),
        ((144, 168), 24, "hours", "the day before"),
        ((96, 144), 24, "hours", "2 to 3 days before"),
        ((162, 168), 24, "hours", "last 6 hours"),
        ((144, 150), 24, "hours", "19 to 24 hours before"),
        ((154, 161), 7, "days", "2 weeks before"),
        ((156, 168), 12, "months", "the year before"),
        ((144, 168), 24, "steps", "last 24 steps"),
        ((166, 167), 24, "steps", "2 steps before"),
    ],
)
def test_blocks_are_called_by_periods_that_people_know(
    block: tuple[int, int], season: int, unit: str, name: str
) -> None:
    assert block_name(block, 168, season, unit) == name


def test_only_a_newest_season_that_has_quarters_is_cut() -> None:
    assert with_newest_in_quarters([(0, 24), (24, 48)], 24) == [
        (0, 24),
        *((24, 30), (30, 36), (36, 42), (42, 48)),
    ]
    assert with_newest_in_quarters([(0, 7), (7, 14)], 7) == [(0, 7), (7, 14)]
    assert with_newest_in_quarters([(0, 4), (4, 8)], 4) == [(0, 4), (4, 8)]
    assert with_newest_in_quarters([(0, 48), (48, 96)], 24) == [(0, 48), (48, 96)]


def test_blocks_grow_rather_than_be_too_many() -> None:
    blocks = lag_blocks(2000, 24, most=40)
    assert len(blocks) <= 40
    assert (blocks[0][0], blocks[-1][1]) == (0, 2000)
