from __future__ import annotations

import numpy as np
import pytest

from shared.explain.checks.likeness import rank_correlation, sign_flips

_ALL = np.ones(5, dtype=bool)
_VALUES = np.array([3.0, -2.0, 0.5, 0.1, -0.01])


def test_the_same_order_is_one_and_the_opposite_minus_one() -> None:
    assert rank_correlation(_VALUES, np.exp(_VALUES), _ALL) == pytest.approx(1.0)
    assert rank_correlation(_VALUES, -_VALUES, _ALL) == pytest.approx(-1.0)


def test_what_the_model_cannot_see_makes_nothing_alike() -> None:
    visible = np.array([True, True, True, False, False])
    first = np.array([1.0, 2.0, 3.0, 0.0, 0.0])
    assert rank_correlation(first, np.array([3.0, 2.0, 1.0, 0.0, 0.0]), visible) == -1.0


@pytest.mark.parametrize("values", [np.zeros(5), np.full(5, 2.0)])
def test_a_constant_row_has_no_order(values: np.ndarray) -> None:
    assert np.isnan(rank_correlation(_VALUES, values, _ALL))


def test_two_segments_have_no_order_worth_comparing() -> None:
    assert np.isnan(rank_correlation(_VALUES, _VALUES, np.array([True, True, False, False, False])))


def test_signs_count_where_somebody_reads_them() -> None:
    assert sign_flips(_VALUES, np.array([3.0, 2.0, 0.5, -0.1, 0.01])) == pytest.approx(1 / 3)
    assert np.isnan(sign_flips(np.zeros(5), _VALUES))


def test_what_rounding_leaves_has_no_order() -> None:
    noise = 1e-7 * np.array([0.0, 1.0, -1.0, 2.0, -2.0])
    strong = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    assert rank_correlation(strong + noise, strong - noise, _ALL) == pytest.approx(1.0)
