from __future__ import annotations

import pytest

from benchmarks.scale.__main__ import growth_problems
from benchmarks.scale.cost import Cost
from benchmarks.scale.made_run import KINDS, Kind
from benchmarks.scale.measured_stage import STAGES, Task, measure

SIZES = (100, 6_000, 24_000)


def _costs(power: float, mib_power: float = 1.0) -> list[Cost]:
    return [Cost(2.0 + (n / 1e3) ** power, 200.0 + (n / 1e2) ** mib_power) for n in SIZES]


def test_a_straight_line_has_no_problem() -> None:
    assert not growth_problems(SIZES, _costs(1.0))


@pytest.mark.parametrize("power", [1.2, 2.0])
def test_what_grows_faster_than_rows_has(power: float) -> None:
    (problem,) = growth_problems(SIZES, _costs(power))
    assert "seconds grow with rows to the power of" in problem


def test_memory_a_row_may_not_double() -> None:
    (problem,) = growth_problems(SIZES, _costs(1.0, 2.0))
    assert "MiB a row" in problem


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_stage_grows_faster_than_its_rows(kind: Kind) -> None:
    each = [measure(Task(kind, "fairness", n, n // 5, 200)) for n in SIZES]
    problems = {name: growth_problems(SIZES, [costs[name] for costs in each]) for name in STAGES}
    assert not any(problems.values()), (problems, each)


@pytest.mark.slow
def test_few_entities_need_no_more_memory_than_many() -> None:
    """All 1,000 resamples at once would hold 35 KB for each row of 20 entities."""
    few, many = (
        measure(Task("classes", "evaluate", 40_000, k, 1_000))["evaluate"].mib for k in (20, 8_000)
    )
    assert few <= 1.25 * many + 150
