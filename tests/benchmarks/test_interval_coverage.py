from __future__ import annotations

import pytest

from benchmarks.interval_coverage import DRAWS, GAP, simulate_gaps, simulate_metrics

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_LOWEST, _HIGHEST = 0.93, 0.97
_STANDARD_ERROR = (0.95 * 0.05 / DRAWS) ** 0.5


def test_intervals_of_metrics_hold_the_truth_as_often_as_they_promise() -> None:
    assert {name: inside for name, (_, inside, _) in simulate_metrics(DRAWS).items() if not _LOWEST <= inside <= _HIGHEST} == {}


def test_intervals_of_groups_and_gaps_hold_the_truth_and_a_planted_gap_is_found() -> None:
    covered, found = simulate_gaps(DRAWS, GAP)
    assert {name: inside for name, (_, inside, _) in covered.items() if not _LOWEST <= inside <= _HIGHEST} == {}
    assert found > 0.5


def test_absent_gap_is_found_no_more_often_than_the_level_says() -> None:
    assert simulate_gaps(DRAWS, 0.0)[1] <= 0.05 + 2 * _STANDARD_ERROR
