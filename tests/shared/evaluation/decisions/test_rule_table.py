from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.evaluation.decisions.rule_table import rule_table
from shared.evaluation.evaluate import evaluate_stage
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories
from shared.targets.decision import LowestCost, PriorAdjusted
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import classified, run_context
from tests.shared.targets.decision_rules import PRIOR, RULES, imbalanced
from tests.shared.uncalibrated import UNCALIBRATED

_CLASSES = Categories(names=("nevus", "melanoma", "rare"))
_COSTS = ((0.0, 1.0, 1.0), (9.0, 0.0, 4.0), (30.0, 2.0, 0.0))
_CHEAPEST = LowestCost(costs=_COSTS, offsets=(0.0, 0.0, 0.0))
_CONSIDERED = (*RULES[:2], _CHEAPEST)
_RECORD = UNCALIBRATED.model_copy(
    update={"considered_decisions": _CONSIDERED, "decision": RULES[1]}
)


def _rows(n: int) -> Predictions:
    scores, targets = imbalanced(0, n)
    entities = (np.arange(n) // 2).astype(np.str_)
    return Predictions(np.arange(n).astype(np.str_), entities, targets, scores)


def test_each_rule_is_best_at_what_it_is_for() -> None:
    outcomes = rule_table(_CLASSES, _rows(6000), _RECORD, _COSTS, Resampling(50, 0.95, (0,)))
    table = {outcome.kind: outcome for outcome in outcomes}
    values = {kind: outcome.accuracy.value or 0.0 for kind, outcome in table.items()}
    assert max(values, key=values.__getitem__) == "most_probable"
    balanced = {kind: outcome.balanced_accuracy.value or 0.0 for kind, outcome in table.items()}
    assert max(balanced, key=balanced.__getitem__) == "balanced"
    assert table["balanced"].worst_recall.value == pytest.approx(0.7, abs=0.1)
    assert table["most_probable"].worst_recall.class_name == "rare"
    costs = {kind: outcome.cost.value or 0.0 for kind, outcome in table.items() if outcome.cost}
    assert min(costs, key=costs.__getitem__) == "costs"
    assert [outcome.kind for outcome in outcomes if outcome.is_deployed] == ["balanced"]


def test_values_are_those_of_the_decided_rows() -> None:
    rows = _rows(400)
    outcome = rule_table(_CLASSES, rows, _RECORD, _COSTS, Resampling(50, 0.95, (0,)))[1]
    matrix = np.array(_COSTS)
    decided = _CLASSES.deciding_by(RULES[1]).decide(rows.scores)
    assert outcome.accuracy.value == pytest.approx((decided == rows.targets).mean())
    assert outcome.cost is not None
    assert outcome.cost.value is not None
    assert outcome.cost.value == pytest.approx(matrix[rows.targets, decided].mean())
    assert outcome.cost.interval is not None
    assert outcome.cost.interval.low < outcome.cost.value < outcome.cost.interval.high


def test_the_metrics_of_a_run_are_those_of_its_deployed_rule(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0))
    rule = PriorAdjusted(tau=1.0, prior=PRIOR)
    considered = (RULES[0], rule)
    UNCALIBRATED.model_copy(update={"decision": rule, "considered_decisions": considered}).write(
        context.run
    )
    evaluate_stage(context)
    metrics = Metrics.read(context.run)
    assert metrics.decision_rules is not None
    usual, deployed = metrics.decision_rules
    assert (usual.is_deployed, deployed.is_deployed) == (False, True)
    accuracy = metrics.metrics["accuracy"]
    assert accuracy.value == deployed.accuracy.value != usual.accuracy.value
    assert accuracy.interval == deployed.accuracy.interval
