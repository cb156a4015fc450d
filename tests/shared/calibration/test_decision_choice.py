from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from shared.calibration.calibrate import calibrate_stage
from shared.calibration.decision_choice import (
    DecisionChoice,
    choose_decision,
    decision_without_validation,
)
from shared.calibration.settings_check import require_fit
from shared.config import CalibrateConfig
from shared.errors import ConfigError, DataError
from shared.run.artefacts.calibration_file import CalibrationRecord, read_deciding_target
from shared.targets import Categories
from shared.targets.decision import LowestCost, MostProbable, PriorAdjusted, Screening, decide
from shared.targets.predictions import Predictions
from tests.shared.calibration.made_up import configured
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, forecast, run_context
from tests.shared.targets.decision_rules import PRIOR, imbalanced

_CLASSES = Categories(names=("nevus", "melanoma", "rare"))
_TRAINED = np.array(PRIOR)
_COSTS = ((0.0, 1.0, 1.0), (20.0, 0.0, 1.0), (1.0, 1.0, 0.0))


def _val(seed: int = 0, n: int = 4000) -> Predictions:
    scores, targets = imbalanced(seed, n)
    ids = np.arange(n).astype(np.str_)
    return Predictions(ids, ids, targets, scores)


def _choose(val: Predictions, target: Categories = _CLASSES, **settings: object) -> DecisionChoice:
    config = CalibrateConfig(**settings)  # type: ignore[arg-type]
    return choose_decision(config, target, val, _TRAINED[: len(target.names)], seed=0)


def test_unless_asked_otherwise_the_most_probable_class_is_decided_for() -> None:
    choice = _choose(_val())
    assert choice.rule == MostProbable()
    assert [rule.kind for rule in choice.considered] == ["most_probable", "balanced"]
    assert np.array_equal(choice.decided, _val().scores.argmax(axis=1))


def _tau(val: Predictions) -> float:
    rule = _choose(val, decide_for="balanced").rule
    assert isinstance(rule, PriorAdjusted)
    assert rule.prior == PRIOR
    return rule.tau


def test_tau_is_the_smallest_that_validation_can_not_tell_from_the_best() -> None:
    assert _tau(_val()) >= 0.75  # 1 is best of true probabilities, and hardly better than 0.75
    certain = _val()
    certain = certain.with_scores(50.0 * np.eye(3, dtype=np.float32)[certain.targets])
    assert _tau(certain) == 0.0


def test_the_same_rows_of_an_entity_again_prove_nothing_more_about_tau() -> None:
    val = _val(n=200)
    again = val.take(np.tile(np.arange(200), 20))
    assert _tau(again) == _tau(val)
    # The saboteur: as if each were of another entity.
    others = replace(again, entities=np.arange(len(again)).astype(np.str_))
    assert _tau(others) > _tau(val)


def test_what_is_proven_of_decisions_is_of_rows_that_the_rule_was_not_chosen_on() -> None:
    val = _val(n=60)
    choice = _choose(val, decide_for="operating_point", screened_class="melanoma")
    assert not np.array_equal(choice.decided, decide(choice.rule, val.scores))


def test_classes_with_few_validation_rows_are_named() -> None:
    choice = _choose(_val(n=150), decide_for="balanced")
    assert [note.kind for note in choice.notes] == ["too few rows"]
    assert re.search(r"few validation rows of 'rare' \(\d\)", choice.notes[0].sentence)
    assert _choose(_val(n=150)).notes == ()


def test_costs_and_the_place_of_work_are_part_of_the_rule() -> None:
    choice = _choose(
        _val(), decide_for="costs", costs=_COSTS, deployment_prevalence=(0.5, 0.25, 0.25)
    )
    assert isinstance(choice.rule, LowestCost)
    assert choice.rule.costs == _COSTS
    assert choice.rule.offsets == pytest.approx(np.log([0.5, 0.25, 0.25]) - np.log(PRIOR))


def test_the_screened_class_has_its_sensitivity() -> None:
    choice = _choose(
        _val(), decide_for="operating_point", screened_class="melanoma", min_sensitivity=0.9
    )
    assert isinstance(choice.rule, Screening)
    assert choice.rule.class_index == 1
    test = _val(1)
    found = decide(choice.rule, test.scores)[test.targets == 1] == 1
    assert float(found.mean()) == pytest.approx(0.9, abs=0.03)


def test_of_two_classes_the_second_is_screened_for() -> None:
    val = _val()
    two = val.take(np.flatnonzero(val.targets < 2))
    choice = _choose(
        two.with_scores(two.scores[:, :2]),
        Categories(names=("nevus", "melanoma")),
        decide_for="operating_point",
    )
    assert isinstance(choice.rule, Screening)
    assert choice.rule.class_index == 1


def test_of_more_classes_the_screened_one_must_be_named() -> None:
    with pytest.raises(ConfigError, match=r"needs calibrate\.screened_class.*'melanoma'"):
        _choose(_val(), decide_for="operating_point")
    with pytest.raises(ConfigError, match="'naevus' is none of the classes 'nevus', 'melanoma'"):
        _choose(_val(), screened_class="naevus")


def test_an_operating_point_that_nothing_meets_is_refused_in_words() -> None:
    val = _val()
    without = val.take(np.flatnonzero(val.targets != 2))
    with pytest.raises(DataError, match="no row of 'rare'"):
        _choose(without, decide_for="operating_point", screened_class="rare")
    useless = val.with_scores(np.zeros_like(val.scores))
    with pytest.raises(DataError, match=r"no threshold finds .* 0\.1 false alarms an hour"):
        _choose(
            useless,
            decide_for="operating_point",
            screened_class="rare",
            min_sensitivity=None,
            max_false_alarms_per_hour=0.1,
            decisions_per_hour=100.0,
        )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"decide_for": "costs"}, "needs calibrate.costs"),
        ({"decide_for": "operating_point", "min_sensitivity": None}, "needs a goal"),
        (
            {
                "decide_for": "operating_point",
                "max_false_alarms_per_hour": 1.0,
                "decisions_per_hour": 9.0,
            },
            "needs one goal, and there are two",
        ),
    ],
)
def test_goals_without_what_they_need_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CalibrateConfig(**settings)  # type: ignore[arg-type]


def test_without_validation_rows_balanced_means_true_probabilities() -> None:
    config = CalibrateConfig(decide_for="balanced")
    rule = decision_without_validation(config, _CLASSES, _TRAINED).rule
    assert rule == PriorAdjusted(tau=1.0, prior=PRIOR)
    asked = CalibrateConfig(decide_for="operating_point", screened_class="rare")
    require_fit(asked, _CLASSES, has_folds=False)
    with pytest.raises(ConfigError, match="a cross-validation tests them all"):
        require_fit(asked, _CLASSES, has_folds=True)


def test_the_stage_stores_the_rule_and_proves_abstention_of_its_decisions(tmp_path: Path) -> None:
    val = classified(1, num_entities=400, skill=5.0)
    context = run_context(tmp_path, classified(0), val=val)
    calibrate_stage(context)
    usual = CalibrationRecord.read(context.run)
    calibrate_stage(
        configured(context, decide_for="operating_point", screened_class=CATEGORIES.names[0])
    )
    record = CalibrationRecord.read(context.run)
    assert record.calibration == usual.calibration
    assert isinstance(record.decision, Screening)
    assert record.abstain_below != usual.abstain_below
    target = read_deciding_target(context.run)
    assert isinstance(target, Categories)
    assert target.rule == record.decision
    assert target.rule in record.considered_decisions


def test_decisions_about_classes_are_refused_for_forecasts(tmp_path: Path) -> None:
    context = run_context(tmp_path, forecast(0), val=forecast(1))
    with pytest.raises(ConfigError, match="decide_for=balanced is about classes"):
        calibrate_stage(configured(context, decide_for="balanced"))
