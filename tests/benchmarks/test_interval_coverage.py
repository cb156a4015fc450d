from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.coverage_of_metrics import simulate_decisions, simulate_forecasts, simulate_metrics
from benchmarks.interval_coverage import DRAWS, GAP, simulate_gaps
from benchmarks.simulated_split import Places

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_LOWEST, _HIGHEST = 0.93, 0.97
_STANDARD_ERROR = (0.95 * 0.05 / DRAWS) ** 0.5


@pytest.mark.parametrize("simulate", [simulate_metrics, simulate_decisions, simulate_forecasts])
def test_intervals_hold_the_truth_as_often_as_they_promise(
    simulate: Callable[[int], dict[str, Places]],
) -> None:
    assert {
        name: places.inside
        for name, places in simulate(DRAWS).items()
        if not _LOWEST <= places.inside <= _HIGHEST
    } == {}


def test_intervals_of_groups_and_gaps_hold_the_truth_and_a_planted_gap_is_found() -> None:
    covered, found = simulate_gaps(DRAWS, GAP)
    assert {
        name: places.inside
        for name, places in covered.items()
        if not _LOWEST <= places.inside <= _HIGHEST
    } == {}
    assert found > 0.5


def test_absent_gap_is_found_no_more_often_than_the_level_says() -> None:
    assert simulate_gaps(DRAWS, 0.0)[1] <= 0.05 + 2 * _STANDARD_ERROR
