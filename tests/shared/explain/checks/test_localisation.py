from __future__ import annotations

import numpy as np
import pytest

from shared.explain.checks.localisation import dealt_out, localisation
from tests.shared.explain.games import grid_spans, strip_spans


def test_attribution_on_the_ground_truth_has_all_its_mass_there() -> None:
    ground_truth = np.zeros((4, 4), np.float32)
    ground_truth[0:2, 0:2] = 1.0
    found = localisation(np.array([1.0, 0.0, 0.0, 0.0]), grid_spans(2, 2, cell=2.0), ground_truth)
    assert found is not None
    assert (found.mass, found.expected_mass, found.pointing_hit, found.expected_hit) == (
        1.0,
        0.25,
        True,
        0.25,
    )


def test_even_attribution_has_the_mass_expected_by_area() -> None:
    ground_truth = np.array([1, 0, 0, 1, 0.5], np.float32)
    found = localisation(np.ones(5), strip_spans(5), ground_truth)
    assert found is not None
    assert found.mass == pytest.approx(found.expected_mass) == pytest.approx(0.5)


def test_attribution_off_the_ground_truth_misses() -> None:
    found = localisation(np.array([0.0, 1.0, 0.0]), strip_spans(3), np.array([1, 0, 0], np.float32))
    assert found is not None
    assert found.mass == 0.0
    assert not found.pointing_hit


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_ground_truth_nowhere_or_everywhere_answers_nothing(level: float) -> None:
    assert localisation(np.ones(3), strip_spans(3), np.full(3, level, np.float32)) is None


def test_no_attribution_answers_nothing() -> None:
    assert localisation(np.zeros(3), strip_spans(3), np.array([1, 0, 0], np.float32)) is None


def test_a_naive_order_is_dealt_the_same_amounts() -> None:
    dealt = dealt_out(np.array([5.0, 0.0, 2.0]), np.array([1.0, 9.0, 3.0]))
    assert dealt.tolist() == [0.0, 5.0, 2.0]
