"""Abstention and operating points."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.abstention_guarantee import POPULATIONS, simulate
from shared.calibration.abstention import abstention_threshold, prove_abstention
from shared.calibration.operating_points import choose_operating_points
from shared.config import CalibrateConfig


def _confident_rows(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    confidence = generator.uniform(0.5, 1.0, n)
    return confidence, generator.random(n) < confidence


def test_error_share_above_the_threshold_exceeds_the_request_in_at_most_one_part_of_twenty() -> (
    None
):
    exceeded = []
    for seed in range(60):
        threshold = abstention_threshold(*_confident_rows(seed, 4000), 0.1)
        assert threshold is not None
        exceeded.append(threshold < 0.8)  # rows above t err in (1 - t) / 2
    assert sum(exceeded) <= 3


def test_threshold_without_a_bound_would_break_the_promise() -> None:
    # The saboteur: the same search with the plain error share in place of its upper bound.
    exceeded = 0
    for seed in range(60):
        confidence, correct = _confident_rows(seed, 4000)
        order = np.argsort(-confidence)
        shares = np.cumsum(~correct[order]) / np.arange(1, 4001)
        naive = confidence[order][np.flatnonzero(shares <= 0.1)[-1]]
        fresh, right = _confident_rows(5000 + seed, 20_000)
        exceeded += int(1.0 - right[fresh >= naive].mean() > 0.1)
    assert exceeded > 15


def test_no_threshold_where_even_the_surest_rows_are_wrong_too_often() -> None:
    assert abstention_threshold(np.linspace(0.5, 1.0, 200), np.arange(200) % 2 == 0, 0.05) is None


@pytest.mark.parametrize("n", [59, 99, 100, 150, 190, 196, 197, 1000])
def test_rows_without_an_error_are_all_answered_where_there_are_enough(n: int) -> None:
    proof = prove_abstention(np.linspace(1.0, 0.5, n), np.ones(n, dtype=bool), 0.05)
    assert (proof.threshold, proof.reason) == (0.5, "")


@pytest.mark.parametrize(("share", "needed"), [(0.05, 59), (0.1, 29), (0.01, 299)])
def test_too_few_rows_are_told_apart_from_too_many_errors(share: float, needed: int) -> None:
    # (1 - share)^n <= 5 %: fewer rows prove nothing, however good the model is.
    confidence = np.linspace(1.0, 0.5, needed)
    too_few = prove_abstention(confidence[1:], np.ones(needed - 1, dtype=bool), share)
    assert (too_few.threshold, too_few.reason) == (None, "too few rows")
    assert too_few.rows_needed == needed
    assert f"needs at least {needed} independent ones" in too_few.why_always(share)
    wrong = prove_abstention(confidence, np.zeros(needed, dtype=bool), share)
    assert (wrong.threshold, wrong.reason) == (None, "too many errors")
    assert "too many validation rows are wrong" in wrong.why_always(share)
    right = prove_abstention(confidence, np.ones(needed, dtype=bool), share)
    assert (right.reason, right.why_always(share)) == ("", "")


def test_an_error_among_the_surest_rows_does_not_stop_the_search() -> None:
    correct = np.ones(400, dtype=bool)
    correct[3] = False
    assert abstention_threshold(np.linspace(1.0, 0.5, 400), correct, 0.05) == 0.5


def test_rows_of_one_entity_count_as_fewer_and_never_as_more() -> None:
    confidence = np.linspace(1.0, 0.5, 200)
    right = np.ones(200, dtype=bool)
    clustered = prove_abstention(confidence, right, 0.05, np.arange(200) // 4)
    assert (clustered.reason, clustered.independent_rows) == ("too few rows", 50.0)
    apart = prove_abstention(confidence, right, 0.05, np.arange(200))
    assert (apart.reason, apart.independent_rows) == ("", 200.0)
    # Errors that do not go by entity say that its rows resemble each other little.
    scattered = np.arange(200) % 9 != 0
    some = prove_abstention(confidence, scattered, 0.05, np.arange(200) // 4).independent_rows
    assert 120.0 < some <= 200.0


@pytest.mark.parametrize(
    ("population", "n"),
    [
        ("confidence says nothing", 100),
        ("nothing, 5 rows an entity, ρ = 0.3", 1000),
        ("errors fall, 5 rows an entity, ρ = 0.3", 1000),
    ],
)
def test_promise_is_broken_in_at_most_one_part_of_twenty(population: str, n: int) -> None:
    broken, _ = simulate(POPULATIONS[population], n, 0.05, draws=300)
    assert broken <= 0.08  # 5 % and 2.4 standard errors


def test_counting_rows_of_an_entity_as_independent_would_break_the_promise() -> None:
    # The saboteur: the same search without entities.
    population = POPULATIONS["nothing, 5 rows an entity, ρ = 1"]
    generator = np.random.default_rng(0)
    drawn = (population.draw(generator, 300, 0.05)[:2] for _ in range(200))
    found = [abstention_threshold(*rows, 0.05) is not None for rows in drawn]
    assert np.mean(found) > 0.1


def test_equal_confidence_is_answered_together() -> None:
    correct = np.ones(400, dtype=bool)
    correct[200:] = False
    assert abstention_threshold(np.full(400, 0.9), correct, 0.1) is None


def test_sensitivity_goal_takes_the_highest_threshold_that_finds_enough() -> None:
    positives, negatives = np.linspace(0.01, 1.0, 100), np.full(50, 0.5)
    probabilities = np.concatenate([positives, negatives])[:, None] * [-1.0, 1.0] + [1.0, 0.0]
    targets = np.repeat([1, 0], [100, 50])
    (point,) = choose_operating_points(
        probabilities, targets, (1,), CalibrateConfig(min_sensitivity=0.95)
    )
    assert point.threshold == pytest.approx(0.06)
    assert (positives >= (point.threshold or 0.0)).mean() == pytest.approx(0.95)


def test_false_alarm_goal_takes_the_lowest_threshold_that_alarms_rarely_enough() -> None:
    probabilities = np.stack([1.0 - np.linspace(0, 0.99, 100), np.linspace(0, 0.99, 100)], axis=1)
    config = CalibrateConfig(
        min_sensitivity=None, max_false_alarms_per_hour=6.0, decisions_per_hour=120.0
    )
    (point,) = choose_operating_points(probabilities, np.zeros(100, dtype=np.int64), (1,), config)
    assert point.requested == pytest.approx(0.05)
    assert int((probabilities[:, 1] >= (point.threshold or 0.0)).sum()) == 5


def test_class_that_validation_lacks_gets_no_threshold() -> None:
    (point,) = choose_operating_points(
        np.full((4, 2), 0.5), np.zeros(4, dtype=np.int64), (1,), CalibrateConfig()
    )
    assert point.threshold is None


def test_alarms_per_hour_without_a_rate_are_refused() -> None:
    with pytest.raises(
        ValueError,
        match=r"needs calibrate\.decisions_per_hour: how many rows are predicted an hour",
    ):
        CalibrateConfig(max_false_alarms_per_hour=2.0)
