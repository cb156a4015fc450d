from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from shared.contract.behaviours import BehaviourSuite, Invariance, MinimumFunctionality
from shared.evaluation.robustness.behaviour_table import behaviour_table
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories
from tests.shared.as_json import as_json
from tests.shared.evaluation.invented_behaviours import invented_suite, invented_test

_TARGET = Categories(names=("no", "yes"))
_DRAWS = Resampling(200, 0.95, (0,))


def _scores(*probabilities: float) -> NDArray[np.float32]:
    """Logits of two classes whose first has these probabilities."""
    first = np.array(probabilities)
    return np.asarray(np.log(np.stack([first, 1.0 - first], axis=1)), dtype=np.float32)


def _table(suite: BehaviourSuite, scores: dict[str, NDArray[np.float32]]) -> dict[str, Any]:
    table: dict[str, Any] = as_json(behaviour_table(_TARGET, suite, scores, 0.05, _DRAWS))
    return table


def _known(failing: int, n: int = 40) -> dict[str, Any]:
    """The table of a test whose first rows fail; each row is a case."""
    accepted = np.tile([True, False], (n, 1))
    suite = BehaviourSuite(
        {"known": invented_test(MinimumFunctionality(accepted), [str(row) for row in range(n)])}
    )
    return _table(suite, {"known": _scores(*([0.1] * failing + [0.9] * (n - failing)))})


def _filled(north: float) -> list[dict[str, Any]]:
    """Groups of a test in which the north's probability is this much higher, but for noise."""
    generator = np.random.default_rng(3)
    cases = [f"frame {row // 4}" for row in range(80)]
    groups = np.tile(["north", "south", "east", "west"], 20)
    suite = BehaviourSuite({"filled": invented_test(Invariance(0, {"origin": groups}), cases)})
    probabilities = 0.5 + north * (groups == "north") + generator.normal(0.0, 0.01, 80)
    found: list[dict[str, Any]] = _table(suite, {"filled": _scores(*probabilities)})["fillers"]
    return found


def test_with_one_row_a_case_the_interval_is_wilsons() -> None:
    (entry,) = _known(failing=10)["tests"]
    expected = binomtest(10, 40).proportion_ci(0.95, method="wilson")
    assert (entry["value"], entry["n"], entry["num_cases"]) == (0.25, 40, 40)
    assert [entry["ci_low"], entry["ci_high"]] == pytest.approx(
        [expected.low, expected.high], abs=0.02
    )


def test_rows_of_one_case_count_less_than_as_many_cases() -> None:
    accepted = np.tile([True, False], (40, 1))
    scores = {"known": _scores(*([0.1] * 10 + [0.9] * 30))}
    widths = []
    for size in (1, 10):
        cases = [str(row // size) for row in range(40)]
        (entry,) = _table(
            BehaviourSuite({"known": invented_test(MinimumFunctionality(accepted), cases)}), scores
        )["tests"]
        widths.append(entry["ci_high"] - entry["ci_low"])
    assert widths[1] > 1.5 * widths[0]


def test_the_worst_failures_are_shown_first_and_one_of_a_case() -> None:
    accepted = np.tile([True, False], (5, 1))
    suite = BehaviourSuite(
        {"known": invented_test(MinimumFunctionality(accepted), ["a", "a", "b", "c", "d"])}
    )
    (entry,) = _table(suite, {"known": _scores(0.1, 0.2, 0.3, 0.05, 0.9)})["tests"]
    assert [example["text"] for example in entry["examples"]] == ["row 3", "row 0", "row 2"]
    assert entry["examples"][0]["predicted"] == "yes"
    assert entry["examples"][0]["accepted"] == ["no"]
    assert entry["examples"][0]["confidence"] == pytest.approx(0.95)


def test_a_test_that_always_passes_has_an_interval_and_no_example() -> None:
    (entry,) = _known(failing=0)["tests"]
    assert (entry["value"], entry["ci_low"], entry["examples"]) == (0.0, 0.0, [])
    assert 0.0 < entry["ci_high"] < 0.15


def test_tests_of_one_capability_and_kind_are_counted_together() -> None:
    suite = invented_suite(_TARGET)
    generator = np.random.default_rng(1)
    table = _table(
        suite,
        {
            name: _scores(*generator.uniform(0.1, 0.9, len(test)))
            for name, test in suite.tests.items()
        },
    )
    counted = {
        (entry["capability"], entry["kind"]): (entry["n"], entry["num_cases"])
        for entry in table["capabilities"]
    }
    assert counted == {
        ("knowing", "minimum functionality"): (32, 8),
        ("counting", "invariance"): (24, 8),
        ("counting", "direction"): (24, 8),
        ("fairness", "invariance"): (32, 8),
    }
    assert table["notes"] == ["Rows are invented."]


def test_scores_that_are_not_finite_are_answered_in_words() -> None:
    accepted = np.tile([True, False], (2, 1))
    suite = BehaviourSuite({"known": invented_test(MinimumFunctionality(accepted), ["a", "b"])})
    table = _table(suite, {"known": np.array([[0.0, np.nan], [0.0, 1.0]], np.float32)})
    assert table["tests"] == table["capabilities"] == table["fillers"] == []
    assert table["notes"] == [
        "known: the model gave scores that are not finite, so the test says nothing."
    ]


def test_a_planted_shift_of_one_group_is_found_and_sized() -> None:
    by_group = {entry["group"]: entry for entry in _filled(north=0.2)}
    assert {name: entry["verdict"] for name, entry in by_group.items()} == dict.fromkeys(
        ("south", "east", "west"), "lowers"
    ) | {"north": "raises"}
    shift = by_group["north"]["shift"]
    assert (
        shift["ci_low"] <= 0.15 <= shift["ci_high"]
    )  # 0.2 above the others is 0.15 above the mean
    assert by_group["north"]["n"] == by_group["north"]["num_cases"] == 20
    assert not by_group["north"]["within_margin"]


def test_no_group_moves_the_score_where_none_does() -> None:
    entries = _filled(north=0.0)
    assert {entry["verdict"] for entry in entries} == {"inconclusive"}
    assert all(entry["within_margin"] for entry in entries)


def test_few_frames_are_not_enough_data() -> None:
    cases = [f"frame {row // 2}" for row in range(8)]
    groups = np.tile(["north", "south"], 4)
    suite = BehaviourSuite({"filled": invented_test(Invariance(0, {"origin": groups}), cases)})
    table = _table(suite, {"filled": _scores(*np.tile([0.9, 0.1], 4))})
    assert [entry["verdict"] for entry in table["fillers"]] == ["not enough data"] * 2


def test_the_reach_of_control_fillers_stands_beside_every_group() -> None:
    cases = [f"frame {row // 2}" for row in range(20)]
    groups = {"origin": np.tile(["north", "south"], 10)}
    tests = {
        name: invented_test(Invariance(0, groups, is_control=name == "control"), cases)
        for name in ("identity", "control")
    }
    scores = {
        "identity": _scores(*np.tile([0.9, 0.5], 10)),
        "control": _scores(*np.tile([0.72, 0.68], 10)),
    }
    entries = _table(BehaviourSuite(tests), scores)["fillers"]
    assert [entry["control"] for entry in entries] == [False, False, True, True]
    assert [entry["control_reach"] for entry in entries] == pytest.approx([0.02] * 4)
    assert {
        entry["control_reach"]
        for entry in _table(BehaviourSuite({"identity": tests["identity"]}), scores)["fillers"]
    } == {None}


@pytest.mark.parametrize(
    ("other", "verdicts"),
    [(0.9, ["inconclusive", "inconclusive"]), (0.7, ["raises", "lowers"])],
)
def test_frames_that_all_say_the_same_move_nothing(other: float, verdicts: list[str]) -> None:
    cases = [f"frame {row // 2}" for row in range(20)]
    groups = np.tile(["north", "south"], 10)
    suite = BehaviourSuite({"filled": invented_test(Invariance(0, {"origin": groups}), cases)})
    table = _table(suite, {"filled": _scores(*np.tile([0.9, other], 10))})
    assert [entry["verdict"] for entry in table["fillers"]] == verdicts
    assert [entry["within_margin"] for entry in table["fillers"]] == [other == 0.9] * 2
