from __future__ import annotations

import numpy as np
import pytest

from shared.targets import Categories
from shared.targets.decision import (
    DecisionRule,
    LowestCost,
    MostProbable,
    PriorAdjusted,
    Screening,
    decide_by_probabilities,
    decision_margins,
)
from tests.shared.targets.decision_rules import PRIOR, RULES, imbalanced

CLASSES = Categories(names=("nevus", "melanoma", "rare"))


def _recalls(rule: DecisionRule) -> list[float]:
    scores, targets = imbalanced(0, 20_000)
    decided = CLASSES.deciding_by(rule).decide(scores)
    return [float((decided[targets == c] == c).mean()) for c in range(3)]


def _accuracy(rule: DecisionRule) -> float:
    scores, targets = imbalanced(0, 20_000)
    return float((CLASSES.deciding_by(rule).decide(scores) == targets).mean())


def test_the_most_probable_class_is_the_default_and_errs_least() -> None:
    scores, _ = imbalanced(1, 50)
    assert np.array_equal(CLASSES.decide(scores), scores.argmax(axis=1))
    assert _accuracy(MostProbable()) > max(_accuracy(rule) for rule in RULES[1:])


def test_with_true_probabilities_balanced_accuracy_is_best_at_tau_one() -> None:
    balanced = {
        tau: np.mean(_recalls(PriorAdjusted(tau=tau, prior=PRIOR))) for tau in (0.0, 0.5, 1.0, 1.5)
    }
    assert max(balanced, key=balanced.__getitem__) == 1.0
    assert balanced[1.0] > balanced[0.0] + 0.1


def test_a_class_that_training_lacks_is_never_favoured() -> None:
    rule = PriorAdjusted(tau=1.0, prior=(0.9, 0.1, 0.0))
    probabilities = np.array([[0.6, 0.39, 0.01]])
    assert decide_by_probabilities(rule, probabilities).tolist() == [1]


def test_equal_costs_decide_for_the_most_probable_class_and_dear_misses_do_not() -> None:
    scores, targets = imbalanced(2, 2000)
    equal = LowestCost(costs=((0, 1, 1), (1, 0, 1), (1, 1, 0)), offsets=(0.0, 0.0, 0.0))
    assert np.array_equal(CLASSES.deciding_by(equal).decide(scores), CLASSES.decide(scores))
    costs = ((0.0, 1.0, 1.0), (20.0, 0.0, 20.0), (1.0, 1.0, 0.0))
    dear = CLASSES.deciding_by(LowestCost(costs=costs, offsets=(0.0, 0.0, 0.0))).decide(scores)
    matrix = np.array(costs)
    assert matrix[targets, dear].mean() < matrix[targets, CLASSES.decide(scores)].mean()


def test_a_place_of_work_with_more_of_a_class_decides_for_it_more_often() -> None:
    scores, _ = imbalanced(3, 2000)
    costs = ((0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0))
    here, there = (
        CLASSES.deciding_by(LowestCost(costs=costs, offsets=(0.0, shift, 0.0))).decide(scores)
        for shift in (0.0, 2.0)
    )
    assert (there == 1).sum() > (here == 1).sum()


def test_the_screened_class_is_decided_wherever_its_threshold_is_reached() -> None:
    probabilities = np.array([[0.69, 0.21, 0.1], [0.1, 0.19, 0.71], [0.5, 0.4, 0.1]])
    rule = Screening(class_index=1, goal="sensitivity", requested=0.9, threshold=0.2)
    assert decide_by_probabilities(rule, probabilities).tolist() == [1, 2, 1]
    never = rule.model_copy(update={"threshold": 1.5})
    assert decide_by_probabilities(never, probabilities).tolist() == [0, 2, 0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_scores_and_their_probabilities_are_decided_alike(rule: DecisionRule) -> None:
    scores, _ = imbalanced(4, 500)
    target = CLASSES.deciding_by(rule)
    probabilities = target.probabilities(scores)
    clear = decision_margins(rule, probabilities) > 1e-6
    assert clear.mean() > 0.99
    by_probabilities = decide_by_probabilities(rule, probabilities)
    assert np.array_equal(target.decide(scores)[clear], by_probabilities[clear])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_what_is_stated_is_the_probability_of_the_decided_class(rule: DecisionRule) -> None:
    scores, targets = imbalanced(5, 40_000)
    target = CLASSES.deciding_by(rule)
    stated = target.confidence(scores)
    right = target.decide(scores) == targets
    assert float(stated.mean()) == pytest.approx(float(right.mean()), abs=0.01)


def test_the_rule_is_no_part_of_what_the_data_stage_records() -> None:
    deciding = CLASSES.deciding_by(RULES[1])
    assert deciding.model_dump() == CLASSES.model_dump()
    assert deciding != CLASSES
