from __future__ import annotations

import pytest

from benchmarks.scale.__main__ import exponent
from benchmarks.scale.measured_stage import KINDS, STAGES, Cost, Kind, Task, measure

SIZES = (10_000, 40_000)


def test_exponents_are_those_of_what_grows() -> None:
    start = Cost(2.0, 100.0)
    line, square = ([Cost(2.0 + k * n**p, 0.0) for n in (10, 40)] for k, p in ((3, 1), (1, 2)))
    assert exponent((10, 40), line, start) == pytest.approx(1.0)
    assert exponent((10, 40), square, start) == pytest.approx(2.0)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_stage_grows_faster_than_its_rows(kind: Kind, stage: str) -> None:
    """Four times the rows; memory per row must not double either."""
    start, *costs = (measure(Task(kind, stage, n, n // 5)) for n in (1_000, *SIZES))
    assert exponent(SIZES, costs, start) <= 1.15
    first, second = (
        (cost.mib - start.mib) / (rows - 1_000) for cost, rows in zip(costs, SIZES, strict=True)
    )
    assert second <= 2.0 * max(first, 0.005)  # MiB a row


@pytest.mark.slow
def test_few_entities_need_no_more_memory_than_many() -> None:
    """All 1,000 resamples at once would hold 35 KB for each row of 20 entities."""
    few, many = (measure(Task("classes", "evaluate", 40_000, k, 1_000)).mib for k in (20, 8_000))
    assert few <= 1.25 * many + 150
