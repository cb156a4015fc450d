from __future__ import annotations

import numpy as np
import pytest

from shared.fairness.gaps.reliability import GROUP_BINS, GroupReliability, assess_reliability
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling
from shared.targets.reliability import calibration_error


def measured(
    confidence: np.ndarray, correct: np.ndarray, labels: np.ndarray, entities: np.ndarray
) -> dict[str, GroupReliability]:
    grouped = GroupedErrors.of(
        Attribute("site", labels, tuple(sorted(set(labels.tolist())))), entities, {}, {}
    )
    sized = SizedGroups.of(grouped, 20)
    found = assess_reliability(confidence, correct, sized, Resampling(200, 0.95, (0,)))
    return {item.error.group: item for item in found}


def drawn(seed: int, n: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Confidence that is right in a, and too high by 0.2 in b."""
    generator = np.random.default_rng(seed)
    labels = np.where(np.arange(n) % 3 == 0, "b", "a")
    confidence = generator.uniform(0.5, 1.0, n)
    correct = (generator.random(n) < confidence - 0.2 * (labels == "b")).astype(float)
    return confidence, correct, labels, (np.arange(n) // 3).astype(str)


def test_the_error_is_that_of_the_groups_own_rows() -> None:
    confidence, correct, labels, entities = drawn(0)
    found = measured(confidence, correct, labels, entities)
    for group in "ab":
        value = found[group].error.value
        assert value is not None
        assert value.value == pytest.approx(
            calibration_error(confidence[labels == group], correct[labels == group], GROUP_BINS),
            abs=1e-12,
        )


def test_a_group_whose_confidence_is_too_high_stands_out() -> None:
    found = measured(*drawn(0))
    estimates = {group: item.error.value for group, item in found.items()}
    assert estimates["a"] is not None and estimates["b"] is not None
    assert estimates["a"].interval is not None and estimates["b"].interval is not None
    assert estimates["a"].interval.low == 0.0 < estimates["b"].interval.low
    assert all(point.correct < point.confidence for point in found["b"].curve)


def test_a_curve_needs_enough_rows_for_its_bins() -> None:
    confidence, correct, labels, entities = drawn(0, n=240)
    found = measured(confidence, correct, labels, entities)
    assert len(found["a"].curve) == GROUP_BINS
    assert found["b"].curve == ()  # 80 rows
    assert sum(point.num_rows for point in found["a"].curve) == 160
