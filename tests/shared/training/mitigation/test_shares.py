from __future__ import annotations

import numpy as np
import pytest

from shared.training.mitigation.shares import (
    apportion,
    balanced_counts,
    factors,
    independent_counts,
)

JOB_APPLICATIONS = np.array([[3, 2], [1, 4]])
"""Rows of Kamiran & Calders' example (2012, table 1) by sex (f, m) and class (-, +)."""


def test_reweighing_gives_the_weights_of_its_authors_example() -> None:
    weights = factors(independent_counts(JOB_APPLICATIONS), JOB_APPLICATIONS)
    np.testing.assert_allclose(weights, [[2 / 3, 1.5], [2.0, 0.75]])


def test_reweighing_makes_group_and_class_independent_and_keeps_their_shares() -> None:
    counts = np.random.default_rng(0).integers(1, 50, size=(4, 3))
    weighted = counts * factors(independent_counts(counts), counts)
    np.testing.assert_allclose(weighted.sum(axis=0), counts.sum(axis=0))
    np.testing.assert_allclose(weighted.sum(axis=1), counts.sum(axis=1))
    np.testing.assert_allclose(np.linalg.matrix_rank(weighted), 1)


def test_balanced_groups_are_equally_frequent_with_the_class_shares_of_all_rows() -> None:
    # 20 rows, 8 of the first class: each group gets 10, 40 % of them of the first class.
    np.testing.assert_allclose(
        balanced_counts(np.array([[6, 10], [2, 2]])), [[4.0, 6.0], [4.0, 6.0]]
    )


def test_a_group_that_lacks_a_class_shows_more_of_its_others() -> None:
    np.testing.assert_allclose(
        balanced_counts(np.array([[4, 8], [0, 4]])), [[2.0, 6.0], [0.0, 8.0]]
    )


def test_rows_that_are_not_there_have_no_factor() -> None:
    np.testing.assert_allclose(factors(np.array([[2.0, 6.0]]), np.array([[0, 3]])), [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("wanted", "whole"),
    [
        ([[2.5, 2.5]], [[3, 2]]),
        ([[1.2, 3.9], [0.0, 4.9]], [[1, 4], [0, 5]]),
        ([[4.0], [4.0]], [[4], [4]]),
    ],
)
def test_shares_become_whole_numbers_by_largest_remainder(
    wanted: list[list[float]], whole: list[list[int]]
) -> None:
    assert apportion(np.array(wanted)).tolist() == whole
