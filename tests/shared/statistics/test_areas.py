from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import t
from sklearn.metrics import roc_auc_score

from shared.statistics.areas import (
    RankedArea,
    area_difference,
    area_estimate,
    delong_test,
    difference_estimate,
    mean_area,
    ranked_area,
)
from shared.statistics.significance import PairedTest


def by_scores(
    positive: np.ndarray, first: np.ndarray, second: np.ndarray, codes: np.ndarray
) -> PairedTest:
    num_entities = int(codes.max()) + 1
    areas = [ranked_area(positive, scores, codes, num_entities) for scores in (first, second)]
    return delong_test(*areas, by_entity=num_entities < len(codes))


def pairwise_delong(
    positive: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[float, float]:
    """Difference and variance as DeLong, DeLong & Clarke-Pearson write them.

    Every positive against every negative.
    """
    kernels = [
        (s[positive][:, None] > s[~positive][None])
        + 0.5 * (s[positive][:, None] == s[~positive][None])
        for s in (first, second)
    ]
    difference = kernels[0] - kernels[1]
    num_positive, num_negative = difference.shape
    variance = (
        difference.mean(axis=1).var(ddof=1) / num_positive
        + difference.mean(axis=0).var(ddof=1) / num_negative
    )
    return float(difference.mean()), float(variance)


@pytest.mark.parametrize("seed", range(4))
def test_delongs_test_equals_the_definition_with_ties(seed: int) -> None:
    generator = np.random.default_rng(seed)
    positive = generator.random(90) < 0.4
    first, second = (
        np.round(generator.normal(size=90) + skill * positive, 1).astype(np.float64)
        for skill in (1.2, 0.4)
    )
    found = by_scores(positive, first, second, np.arange(90))
    difference, variance = pairwise_delong(positive, first, second)
    assert found.difference == pytest.approx(difference, abs=1e-12)
    assert found.difference == pytest.approx(
        roc_auc_score(positive, first) - roc_auc_score(positive, second), abs=1e-12
    )
    assert found.statistic == pytest.approx(difference / np.sqrt(variance), rel=1e-10)


def test_delongs_test_by_entity_keeps_its_level_where_labels_and_scores_go_by_entity() -> None:
    def rejected(by_row: bool) -> float:
        found = []
        for seed in range(300):
            generator = np.random.default_rng([seed, 2])
            codes = np.repeat(np.arange(60), 6)
            positive = (np.arange(60) % 2 == 0)[codes]
            first, second = (
                positive * 0.8 + generator.normal(size=60)[codes] + 0.3 * generator.normal(size=360)
                for _ in range(2)
            )
            found.append(
                by_scores(positive, first, second, np.arange(360) if by_row else codes).p_value
                <= 0.05
            )
        return float(np.mean(found))

    assert rejected(by_row=False) <= 0.09
    assert rejected(by_row=True) > 0.2


def test_a_constant_comparator_has_an_area_of_one_half() -> None:
    positive = np.arange(100) % 2 == 0
    scores = positive + np.random.default_rng(0).normal(size=100)
    found = by_scores(positive, scores, np.zeros(100), np.arange(100))
    assert found.difference == pytest.approx(roc_auc_score(positive, scores) - 0.5)
    assert found.p_value < 0.001


def test_equal_scores_are_no_difference() -> None:
    positive = np.arange(100) % 2 == 0
    scores = np.random.default_rng(0).normal(size=100)
    assert by_scores(positive, scores, scores, np.arange(100)).p_value == 1.0


def test_one_positive_entity_gives_no_test() -> None:
    found = by_scores(np.arange(20) < 5, np.arange(20.0), np.zeros(20), np.repeat(np.arange(4), 5))
    assert np.isnan(found.p_value)
    assert found.reason == "fewer than two entities have positives, or negatives"


def three_classes(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 3, n)
    first, second = (
        generator.normal(size=(n, 3)) + skill * np.eye(3)[targets] for skill in (1.0, 0.8)
    )
    return targets, first, second


def macro(targets: np.ndarray, scores: np.ndarray, codes: np.ndarray) -> RankedArea:
    return mean_area(
        [ranked_area(targets == c, scores[:, c], codes, int(codes.max()) + 1) for c in range(3)]
    )


def test_macro_area_is_that_of_scikit_learn_and_its_standard_error_that_of_many_draws() -> None:
    draws = [
        macro(targets, first, np.arange(150))
        for targets, first, _ in (three_classes(seed, 150) for seed in range(400))
    ]
    targets, first, _ = three_classes(0, 150)
    expected = np.mean([roc_auc_score(targets == c, first[:, c]) for c in range(3)])
    assert draws[0].value == pytest.approx(expected, abs=1e-12)
    spread = np.std([draw.value for draw in draws])
    assert np.mean([draw.standard_error for draw in draws]) == pytest.approx(spread, rel=0.1)


def test_macro_test_keeps_its_level_and_ignoring_the_covariance_of_classes_would_not() -> None:
    joint, alone = [], []
    for seed in range(400):
        generator = np.random.default_rng([seed, 4])
        targets = generator.integers(0, 3, 120)
        # One number decides about two classes: their areas rise and fall together.
        shared = [
            generator.normal(size=120) + 0.7 * (targets == 0) - 0.7 * (targets == 2)
            for _ in range(2)
        ]
        sides = [
            [
                ranked_area(targets == c, sign * side, np.arange(120), 120)
                for c, sign in ((0, 1.0), (2, -1.0))
            ]
            for side in shared
        ]
        joint.append(
            delong_test(mean_area(sides[0]), mean_area(sides[1]), by_entity=False).p_value <= 0.05
        )
        differences = [area_difference(first, second) for first, second in zip(*sides, strict=True)]
        error = np.sqrt(sum(difference.standard_error**2 for difference in differences)) / 2
        alone.append(abs(np.mean([difference.value for difference in differences])) > 1.96 * error)
    assert 0.02 <= np.mean(joint) <= 0.085
    assert np.mean(alone) > 0.1


def test_interval_is_symmetric_on_the_logit_scale_and_stays_below_one() -> None:
    positive = np.arange(40) % 2 == 0
    scores = positive * 3.0 + np.random.default_rng(0).normal(size=40)
    area = ranked_area(positive, scores, np.arange(40), 40)
    interval = area_estimate(area, 0.95).interval
    assert interval is not None
    half = t.ppf(0.975, 19) * area.standard_error / (area.value * (1 - area.value))
    assert logit(interval.high) - logit(area.value) == pytest.approx(half)
    assert logit(area.value) - logit(interval.low) == pytest.approx(half)
    assert interval.high < 1.0


def test_perfect_separation_is_not_certainty() -> None:
    positive = np.arange(20) >= 10
    estimate = area_estimate(ranked_area(positive, np.arange(20.0), np.arange(20), 20), 0.95)
    assert estimate.value == 1.0
    assert estimate.interval is not None
    assert estimate.interval.low == pytest.approx(0.7225, abs=1e-3)  # Wilson's, of ten


def test_a_class_that_is_absent_or_of_one_entity_is_answered_in_words() -> None:
    absent = ranked_area(np.zeros(8, bool), np.arange(8.0), np.arange(8), 8)
    assert area_estimate(absent, 0.95).note == "undefined: no row of the class, or none of another"
    alone = ranked_area(np.arange(8) == 3, np.arange(8.0), np.arange(8), 8)
    assert (
        area_estimate(alone, 0.95).note
        == "no interval: fewer than two entities have positives, or negatives"
    )
    assert mean_area([absent]).num_entities == 0
    assert mean_area([absent, alone]).value == alone.value


def test_a_model_is_not_told_apart_from_itself() -> None:
    area = ranked_area(np.arange(8) % 2 == 0, np.arange(8.0), np.arange(8), 8)
    assert (
        difference_estimate(area_difference(area, area), 0.95).note
        == "no interval: no entity tells the two apart"
    )
