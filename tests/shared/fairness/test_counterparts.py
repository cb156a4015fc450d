from __future__ import annotations

from benchmarks.fairness_counterparts import largest_differences


def test_point_values_are_those_of_fairlearn_and_scikit_learn() -> None:
    found = largest_differences(50)
    assert len(found) >= 15
    assert {key: difference for key, difference in found.items() if not difference <= 1e-12} == {}
