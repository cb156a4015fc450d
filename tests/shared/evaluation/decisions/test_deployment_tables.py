from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_score

from shared.config import CalibrateConfig
from shared.evaluation.decisions.cost_table import cost_table
from shared.evaluation.decisions.deployment_tables import prevalence_table
from shared.run.artefacts.calibration_file import OperatingPoint
from shared.statistics.bootstrap import Resampling
from shared.targets.class_shares import adjust_to_prevalence
from tests.shared.as_json import as_json
from tests.shared.calibration.made_up import CLASSES, overconfident

_RESAMPLING = Resampling(200, 0.95, (0,))
_TEST = overconfident(0, 3000, factor=1.0)
_COSTS = ((0.0, 1.0, 1.0), (20.0, 0.0, 1.0), (1.0, 1.0, 0.0))
_SHARES = np.bincount(_TEST.targets) / len(_TEST)


def test_deciding_for_the_lowest_expected_cost_is_cheaper_where_errors_cost_unequally() -> None:
    table = as_json(
        cost_table(CLASSES, _TEST, _COSTS, shares=_SHARES, mix=None, resampling=_RESAMPLING)
    )
    matrix = np.asarray(_COSTS)
    assert table["most_probable"]["value"] == pytest.approx(
        matrix[_TEST.targets, CLASSES.decide(_TEST.scores)].mean()
    )
    assert table["difference"]["ci_high"] < 0.0
    assert table["difference"]["value"] == pytest.approx(
        table["lowest_expected_cost"]["value"] - table["most_probable"]["value"]
    )


def test_equal_costs_change_no_decision() -> None:
    equal = ((0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0))
    table = as_json(
        cost_table(CLASSES, _TEST, equal, shares=_SHARES, mix=None, resampling=_RESAMPLING)
    )
    assert table["difference"]["value"] == 0.0


def test_probabilities_corrected_for_other_shares_are_those_of_bayes_rule() -> None:
    scores = np.log(np.array([[0.5, 0.3, 0.2]], dtype=np.float32))
    corrected = CLASSES.probabilities(
        adjust_to_prevalence(scores, np.array([0.1, 0.1, 0.8]), np.array([0.4, 0.4, 0.2]))
    )
    expected = np.array([0.5 * 0.1 / 0.4, 0.3 * 0.1 / 0.4, 0.2 * 0.8 / 0.2])
    assert corrected[0] == pytest.approx(expected / expected.sum(), rel=1e-5)


def test_correction_lowers_log_loss_at_the_place_of_work() -> None:
    table = as_json(
        prevalence_table(
            CLASSES,
            _TEST,
            CalibrateConfig(deployment_prevalence=(0.9, 0.05, 0.05), costs=None),
            _SHARES,
            (),
            _RESAMPLING,
        )
    )
    assert (
        table["metrics"]["log_loss:corrected"]["value"]
        < table["metrics"]["log_loss:uncorrected"]["value"]
    )
    assert (
        table["metrics"]["accuracy:corrected"]["value"]
        > table["metrics"]["accuracy:uncorrected"]["value"]
    )
    assert table["missing_classes"] == []


def test_weighted_share_stays_a_share_in_every_resample() -> None:
    few = _TEST.take(np.arange(40))
    table = as_json(
        prevalence_table(
            CLASSES,
            few,
            CalibrateConfig(deployment_prevalence=(0.96, 0.02, 0.02), costs=None),
            _SHARES,
            (),
            _RESAMPLING,
        )
    )
    assert table["metrics"]["accuracy:corrected"]["ci_high"] <= 1.0


def test_predictive_values_at_the_shares_of_the_test_part_are_those_counted_there() -> None:
    point = OperatingPoint(class_index=1, goal="sensitivity", requested=0.9, threshold=0.3)
    table = as_json(
        prevalence_table(
            CLASSES,
            _TEST,
            CalibrateConfig(deployment_prevalence=tuple(_SHARES.tolist()), costs=None),
            _SHARES,
            (point,),
            _RESAMPLING,
        )
    )
    alarm, positive = CLASSES.probabilities(_TEST.scores)[:, 1] >= 0.3, _TEST.targets == 1
    row = next(row for row in table["alarms"] if row["goal"] == "sensitivity")
    assert row["positive_predictive_value"]["value"] == pytest.approx(positive[alarm].mean())
    assert row["negative_predictive_value"]["value"] == pytest.approx((~positive)[~alarm].mean())


def test_predictive_values_of_decisions_are_the_precisions_of_the_classes() -> None:
    table = as_json(
        prevalence_table(
            CLASSES,
            _TEST,
            CalibrateConfig(deployment_prevalence=tuple(_SHARES.tolist()), costs=None),
            _SHARES,
            (),
            _RESAMPLING,
        )
    )
    decided = CLASSES.decide(_TEST.scores)
    expected = precision_score(_TEST.targets, decided, average=None)
    assert [row["positive_predictive_value"]["value"] for row in table["alarms"]] == pytest.approx(
        expected.tolist()
    )


def test_costs_are_held_against_always_deciding_the_same() -> None:
    table = as_json(
        cost_table(CLASSES, _TEST, _COSTS, shares=_SHARES, mix=None, resampling=_RESAMPLING)
    )
    matrix = np.asarray(_COSTS)
    constants = matrix[_TEST.targets].mean(axis=0)
    assert [row["value"] for row in table["always"]] == pytest.approx(constants.tolist())
    assert table["best_constant"] == CLASSES.names[int(constants.argmin())]
    assert table["versus_constant"]["value"] == pytest.approx(
        table["lowest_expected_cost"]["value"] - constants.min()
    )
    assert table["versus_constant"]["ci_high"] < 0.0


def test_costs_at_the_place_of_work_are_weighted_by_its_shares() -> None:
    shares = (0.8, 0.1, 0.1)
    table = as_json(
        prevalence_table(
            CLASSES,
            _TEST,
            CalibrateConfig(deployment_prevalence=shares, costs=_COSTS),
            _SHARES,
            (),
            _RESAMPLING,
        )
    )["costs"]
    by_class = [np.asarray(_COSTS)[c, 0] for c in range(3)]
    assert table["always"][0]["value"] == pytest.approx(np.dot(shares, by_class))
    assert table["lowest_expected_cost"]["value"] < table["most_probable"]["value"]
    # What depends on the class alone is known exactly where the shares are: a resample changes the
    # means of classes, never their mix.
    assert table["always"][0]["ci_low"] is None
    assert table["always"][0]["note"] == "no interval: all resamples agree"
