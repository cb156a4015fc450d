from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.contract.behaviours import Direction, Invariance, MinimumFunctionality
from shared.evaluation.robustness.behaviour_judgement import judge
from shared.targets.decision import MostProbable
from tests.shared.evaluation.invented_behaviours import invented_test

_CASES = ["one", "one", "two", "two", "two"]


def _of_first(*probabilities: float) -> NDArray[np.float64]:
    first = np.array(probabilities)
    return np.stack([first, 1.0 - first], axis=1)


def test_a_known_row_fails_where_its_decision_is_none_of_the_accepted() -> None:
    accepted = np.array([[True, False], [True, True], [False, True]])
    found = judge(
        invented_test(MinimumFunctionality(accepted), ["a", "b", "c"]),
        _of_first(0.4, 0.4, 0.9),
        MostProbable(),
    )
    assert found.failed.tolist() == [True, False, True]
    assert np.isnan(found.shift).all()
    assert np.allclose(found.severity[[0, 2]], [0.2, 0.8])


def test_a_changed_row_fails_where_its_decision_is_not_that_of_the_first_of_its_case() -> None:
    found = judge(
        invented_test(Invariance(watched=0), _CASES),
        _of_first(0.9, 0.4, 0.2, 0.3, 0.6),
        MostProbable(),
    )
    assert found.rows.tolist() == [1, 3, 4]
    assert found.originals.tolist() == [0, 2, 2]
    assert found.failed.tolist() == [True, False, True]
    assert np.allclose(found.shift, [-0.5, 0.1, 0.4])


def test_the_first_row_of_a_case_is_the_original_wherever_its_others_stand() -> None:
    found = judge(
        invented_test(Invariance(watched=0), ["b", "a", "b", "a"]),
        _of_first(0.9, 0.1, 0.1, 0.1),
        MostProbable(),
    )
    assert (found.rows.tolist(), found.originals.tolist(), found.failed.tolist()) == (
        [2, 3],
        [0, 1],
        [True, False],
    )


def test_a_filled_row_fails_where_its_decision_is_not_that_of_the_mean_of_its_case() -> None:
    fillers = {"origin": np.array(["north", "south", "north", "south", "east"])}
    found = judge(
        invented_test(Invariance(watched=0, fillers=fillers), _CASES),
        _of_first(0.9, 0.3, 0.2, 0.2, 0.8),
        MostProbable(),
    )
    assert found.failed.tolist() == [False, True, False, False, True]
    assert np.allclose(found.shift, [0.3, -0.3, -0.2, -0.2, 0.4])


def test_a_probability_may_move_the_wrong_way_within_the_tolerance_only() -> None:
    falls = _of_first(0.60, 0.56, 0.60, 0.54, 0.90)
    rises = judge(
        invented_test(Direction(np.zeros(5, np.int64), "rise", 0.05), _CASES), falls, MostProbable()
    )
    assert rises.failed.tolist() == [False, True, False]
    lowers = judge(
        invented_test(Direction(np.zeros(5, np.int64), "fall", 0.05), _CASES), falls, MostProbable()
    )
    assert lowers.failed.tolist() == [False, False, True]
    assert np.allclose(lowers.shift, [0.04, 0.06, -0.3])


def test_each_row_is_watched_in_a_class_of_its_own() -> None:
    found = judge(
        invented_test(Direction(np.array([0, 0, 1, 1, 1]), "rise", 0.05), _CASES),
        _of_first(0.6, 0.9, 0.4, 0.3, 0.6),
        MostProbable(),
    )
    assert found.failed.tolist() == [False, False, True]
