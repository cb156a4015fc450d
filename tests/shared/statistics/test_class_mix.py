from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import t

from shared.statistics.class_mix import Alarms, predictive_values


def alarms(found: int, missed: int, false: int, silent: int) -> Alarms:
    """Rows of their own entities: of the class with and without alarm, then of the other class."""
    raised = np.repeat([True, False, True, False], [found, missed, false, silent])
    targets = np.repeat([1, 1, 0, 0], [found, missed, false, silent])
    return Alarms(raised, targets, np.arange(len(raised)), 1)


def mercaldo(
    right: float, num_right: int, wrong: float, num_wrong: int, odds: float
) -> list[float]:
    """Their logit interval, with the n - 1 of entities and Student's t of the fewer."""
    variance = (1 - right) / (right * (num_right - 1)) + (1 - wrong) / (wrong * (num_wrong - 1))
    half = t.ppf(0.975, min(num_right, num_wrong) - 1) * np.sqrt(variance)
    ends: list[float] = expit(np.log(right * odds / wrong) + np.array([-half, half])).tolist()
    return ends


def test_interval_of_independent_rows_is_that_of_mercaldo_lau_and_zhou() -> None:
    positive, negative = predictive_values(alarms(45, 5, 30, 120), np.array([0.9, 0.1]), 0.95)
    assert positive.value == pytest.approx(0.9 * 0.1 / (0.9 * 0.1 + 0.2 * 0.9), abs=1e-12)
    assert negative.value == pytest.approx(0.8 * 0.9 / (0.8 * 0.9 + 0.1 * 0.1), abs=1e-12)
    assert positive.interval is not None
    assert [positive.interval.low, positive.interval.high] == pytest.approx(
        mercaldo(0.9, 50, 0.2, 150, 1 / 9), abs=1e-12
    )
    assert negative.interval is not None
    assert [negative.interval.low, negative.interval.high] == pytest.approx(
        mercaldo(0.8, 150, 0.1, 50, 9.0), abs=1e-12
    )


def test_rows_that_resemble_each_other_widen_the_interval() -> None:
    single = alarms(45, 5, 30, 120)
    eightfold = Alarms(
        np.repeat(single.raised, 8), np.repeat(single.targets, 8), np.repeat(single.codes, 8), 1
    )
    found, repeated = (
        predictive_values(item, np.array([0.9, 0.1]), 0.95)[0].interval
        for item in (single, eightfold)
    )
    assert found is not None
    assert repeated is not None
    assert (repeated.low, repeated.high) == pytest.approx((found.low, found.high))


def test_no_false_alarm_at_all_does_not_prove_that_there_is_none() -> None:
    positive, _ = predictive_values(alarms(45, 5, 0, 150), np.array([0.99, 0.01]), 0.95)
    assert positive.value == 1.0
    assert positive.interval is not None
    assert 0.05 < positive.interval.low < 0.5
    assert positive.interval.high == 1.0


def test_other_classes_weigh_what_they_have_at_the_place_of_work() -> None:
    targets = np.repeat([0, 1, 2], 100)
    raised = np.concatenate([np.arange(100) < 90, np.arange(100) < 50, np.arange(100) < 10])
    positive, _ = predictive_values(
        Alarms(raised, targets, np.arange(300), 0), np.array([0.2, 0.1, 0.7]), 0.95
    )
    assert positive.value == pytest.approx(0.2 * 0.9 / (0.2 * 0.9 + 0.1 * 0.5 + 0.7 * 0.1))


def test_class_without_share_or_alarm_is_answered_in_words() -> None:
    positive, negative = predictive_values(alarms(45, 5, 30, 120), np.array([1.0, 0.0]), 0.95)
    assert (positive.value, negative.value) == (0.0, 1.0)
    assert positive.note == negative.note == "follows from the class share alone"
    silent, _ = predictive_values(alarms(0, 50, 0, 150), np.array([0.9, 0.1]), 0.95)
    assert (silent.value is None, silent.note) == (True, "undefined: it never happens")
    alone, _ = predictive_values(alarms(1, 0, 30, 120), np.array([0.9, 0.1]), 0.95)
    assert alone.note == "undefined: fewer than two entities have the class, or lack it"
