from __future__ import annotations

import numpy as np
import pytest

from shared.model.target import serving_decoder
from shared.targets import Categories
from shared.targets.decision import DecisionRule, PriorAdjusted, decision_margins
from tests.shared.targets.decision_rules import PRIOR, RULES, imbalanced

_CLASSES = Categories(names=("nevus", "melanoma", "rare"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_the_deployed_graph_decides_as_the_numpy_twin(rule: DecisionRule) -> None:
    scores, _ = imbalanced(0, 2000)
    target = _CLASSES.deciding_by(rule)
    served = serving_decoder(target)(scores)
    clear = decision_margins(rule, target.probabilities(scores)) > 1e-5
    assert clear.mean() > 0.99
    decided = np.asarray(served["class_index"])
    np.testing.assert_array_equal(decided[clear], target.decide(scores)[clear])
    assert len(np.unique(decided)) == 3


def test_probabilities_are_the_same_under_every_rule() -> None:
    scores, _ = imbalanced(1, 20)
    expected = _CLASSES.probabilities(scores)
    for rule in RULES:
        served = serving_decoder(_CLASSES.deciding_by(rule))(scores)
        np.testing.assert_allclose(served["probabilities"], expected, rtol=1e-4)


def test_another_tau_would_be_noticed() -> None:
    scores, _ = imbalanced(2, 2000)
    served = serving_decoder(_CLASSES.deciding_by(PriorAdjusted(tau=0.5, prior=PRIOR)))(scores)
    expected = _CLASSES.deciding_by(PriorAdjusted(tau=1.0, prior=PRIOR)).decide(scores)
    assert (np.asarray(served["class_index"]) != expected).mean() > 0.02
