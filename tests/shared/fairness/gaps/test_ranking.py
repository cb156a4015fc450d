from __future__ import annotations

import numpy as np
import pytest

from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.parity import largest_difference
from shared.fairness.gaps.ranking import ranking_rates, ranking_test
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling
from shared.statistics.permutations.arrangements import PermutationTest
from shared.statistics.permutations.permutation import PermutationPlan
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES


def ranked(
    seed: int, *, blur: float = 1.0, n: int = 400, ties: bool = False
) -> tuple[list[GroupRate], PermutationTest | None, str]:
    """Areas and their test for two groups, the rarer of which has scores that are blurred."""
    generator = np.random.default_rng([seed, 8])
    labels, targets = np.where(np.arange(n) // 2 % 4 == 0, "b", "a"), generator.integers(3, size=n)
    scores = (
        1.5 * np.eye(3)[targets]
        + generator.normal(size=(n, 3)) * np.where(labels == "b", blur, 1.0)[:, None]
    )
    scores = np.round(scores) if ties else scores
    test = Predictions(
        np.arange(n).astype(str),
        (np.arange(n) // 2).astype(str),
        targets,
        scores.astype(np.float32),
    )
    grouped = GroupedErrors.of(Attribute("site", labels, ("a", "b")), test.entities, {}, {})
    sized = SizedGroups.of(grouped, 20, reference="a")
    areas = ranking_rates(CATEGORIES, test, sized, Resampling(50, 0.95, (0,)))
    return areas, *ranking_test(
        CATEGORIES, test, grouped, areas, PermutationPlan(199, 0.05, (seed,))
    )


@pytest.mark.parametrize("ties", [False, True])
def test_what_is_tested_is_the_largest_difference_of_the_areas_that_are_shown(ties: bool) -> None:
    areas, outcome, reason = ranked(0, ties=ties)
    differences = [largest_difference(areas, "auc", name) for name in CATEGORIES.names]
    assert outcome is not None
    assert outcome.spread == pytest.approx(
        max(found.difference for found in differences if found is not None), abs=1e-12
    )
    assert reason == ""


def test_blurred_scores_of_one_group_are_found_and_equal_ones_seldom() -> None:
    outcomes = [ranked(seed)[1] for seed in range(30)]
    assert (
        sum(outcome is not None and outcome.p_value <= 0.05 for outcome in outcomes) <= 4
    )  # 1.5 are expected
    blurred = ranked(0, blur=4.0)[1]
    assert blurred is not None
    assert blurred.p_value <= 0.01


def test_groups_without_enough_of_a_class_can_not_be_compared() -> None:
    areas, outcome, reason = ranked(0, n=72)  # 18 rows in b
    assert {area.group for area in areas if area.is_tested} == {"a"}
    assert {area.group for area in areas if area.value is not None} == {"a", "b"}
    assert (outcome, reason) == (
        None,
        "No two groups have enough examples of one class and of the others.",
    )


def test_of_very_many_rows_some_are_tested_and_all_are_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = ranked(0, blur=4.0)[1]
    monkeypatch.setattr("shared.fairness.gaps.ranking._MOST_ROWS", 200)
    some = ranked(0, blur=4.0)[1]
    assert whole is not None and some is not None
    assert some.spread == whole.spread
    assert some != whole
    assert some.p_value <= 0.05
    found = [ranked(seed)[1] for seed in range(30)]
    assert sum(one is not None and one.p_value <= 0.05 for one in found) <= 4
