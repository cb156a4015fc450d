from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from shared.evaluation.paired import delong_test, diebold_mariano_test, mcnemar_test


def discordant(gained: int, lost: int, same: int = 20) -> tuple[np.ndarray, np.ndarray]:
    first = np.repeat([True, False, True], [gained, lost, same])
    return first, np.repeat([False, True, True], [gained, lost, same])


@pytest.mark.parametrize(("gained", "lost", "p_value"), [
    (1, 7, 0.0391),  # Fagerland, Lydersen & Laake 2013, table 1: airway hyper-responsiveness; exact 0.0703
    (59, 6, 0.0000),  # complete response before and after treatment
    (3, 3, 1.0),
    (0, 0, 1.0),
])  # fmt: skip
def test_mid_p_value_of_mcnemars_test_is_the_published_one(gained: int, lost: int, p_value: float) -> None:
    first, second = discordant(gained, lost)
    found = mcnemar_test(first, second, np.arange(len(first)), (0,))
    assert found.p_value == pytest.approx(p_value, abs=5e-5) if gained != lost else found.p_value <= 1.0
    assert found.difference == pytest.approx((gained - lost) / len(first))
    if gained + lost and gained != lost:
        assert found.p_value < binomtest(gained, gained + lost).pvalue


def test_exchanging_entities_agrees_with_exchanging_rows_where_they_are_the_same() -> None:
    first, second = discordant(14, 5)
    # Each row an entity of its own, but for two rows on which the models agree.
    codes = np.append(np.arange(len(first) - 1), len(first) - 2)
    found = mcnemar_test(first, second, codes, (0,))
    assert found.method == "McNemar by entity"
    assert found.p_value == pytest.approx(binomtest(14, 19).pvalue, abs=0.015)


def share_rejected(rows_as_entities: bool) -> float:
    """How often a difference is found between models that are equally good, where entities have eight rows that resemble each other."""
    found = []
    for seed in range(150):
        generator = np.random.default_rng(seed)
        codes = np.repeat(np.arange(30), 8)
        first, second = (generator.random(240) < generator.beta(0.6, 0.4, 30)[codes] for _ in range(2))
        codes = np.arange(240) if rows_as_entities else codes
        found.append(mcnemar_test(first, second, codes, (seed,)).p_value <= 0.05)
    return float(np.mean(found))


def test_mcnemars_test_by_entity_keeps_its_level() -> None:
    assert share_rejected(rows_as_entities=False) <= 0.10  # 0.05 plus 2.7 standard deviations


def test_mcnemars_test_by_row_would_not() -> None:
    assert share_rejected(rows_as_entities=True) > 0.2


def pairwise_delong(positive: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Difference and variance as DeLong, DeLong & Clarke-Pearson write them: every positive against every negative."""
    kernels = [(s[positive][:, None] > s[~positive][None]) + 0.5 * (s[positive][:, None] == s[~positive][None]) for s in (first, second)]
    difference = kernels[0] - kernels[1]
    num_positive, num_negative = difference.shape
    variance = difference.mean(axis=1).var(ddof=1) / num_positive + difference.mean(axis=0).var(ddof=1) / num_negative
    return float(difference.mean()), float(variance)


@pytest.mark.parametrize("seed", range(4))
def test_delongs_test_equals_the_definition_with_ties(seed: int) -> None:
    generator = np.random.default_rng(seed)
    positive = generator.random(90) < 0.4
    first, second = (np.round(generator.normal(size=90) + skill * positive, 1).astype(np.float64) for skill in (1.2, 0.4))
    found = delong_test(positive, first, second, np.arange(90))
    difference, variance = pairwise_delong(positive, first, second)
    assert found.difference == pytest.approx(difference, abs=1e-12)
    assert found.difference == pytest.approx(roc_auc_score(positive, first) - roc_auc_score(positive, second), abs=1e-12)
    assert found.statistic == pytest.approx(difference / np.sqrt(variance), rel=1e-10)


def test_delongs_test_by_entity_keeps_its_level_where_labels_and_scores_go_by_entity() -> None:
    def rejected(by_row: bool) -> float:
        found = []
        for seed in range(300):
            generator = np.random.default_rng([seed, 2])
            codes = np.repeat(np.arange(60), 6)
            positive = (np.arange(60) % 2 == 0)[codes]
            first, second = (positive * 0.8 + generator.normal(size=60)[codes] + 0.3 * generator.normal(size=360) for _ in range(2))
            found.append(delong_test(positive, first, second, np.arange(360) if by_row else codes).p_value <= 0.05)
        return float(np.mean(found))

    assert rejected(by_row=False) <= 0.09
    assert rejected(by_row=True) > 0.2


def test_a_constant_opponent_has_an_area_of_one_half() -> None:
    positive = np.arange(100) % 2 == 0
    scores = positive + np.random.default_rng(0).normal(size=100)
    found = delong_test(positive, scores, np.zeros(100), np.arange(100))
    assert found.difference == pytest.approx(roc_auc_score(positive, scores) - 0.5)
    assert found.p_value < 0.001


def test_equal_scores_are_no_difference() -> None:
    positive = np.arange(100) % 2 == 0
    scores = np.random.default_rng(0).normal(size=100)
    assert delong_test(positive, scores, scores, np.arange(100)).p_value == 1.0


def test_one_positive_entity_gives_no_test() -> None:
    found = delong_test(np.arange(20) < 5, np.arange(20.0), np.zeros(20), np.repeat(np.arange(4), 5))
    assert np.isnan(found.p_value)
    assert found.reason == "fewer than two entities have positives, or negatives"


def losses(seed: int, overlap: int, gap: float = 0.0, num_moments: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Losses of two models on hourly windows of `overlap` hours, three series that share their shocks."""
    generator = np.random.default_rng([seed, 3])
    shocks = generator.normal(size=(2, num_moments + overlap))
    moving = np.stack([np.convolve(row, np.ones(overlap) / overlap, mode="valid")[:num_moments] for row in shocks])
    rows = np.repeat(moving, 3, axis=1) + 0.1 * generator.normal(size=(2, 3 * num_moments))
    return rows[0] + gap, rows[1], np.repeat(np.arange(num_moments) * 3600, 3)


def test_diebold_mariano_keeps_its_level_with_overlapping_windows() -> None:
    p_values = [diebold_mariano_test(*losses(seed, 12), 12 * 3600).p_value for seed in range(200)]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.11  # HAC tests are known to be a little eager


def test_ignoring_the_overlap_would_find_differences_that_are_not_there() -> None:
    p_values = [diebold_mariano_test(*losses(seed, 12), 3600).p_value for seed in range(200)]
    assert np.mean(np.array(p_values) <= 0.05) > 0.15


def test_diebold_mariano_finds_a_difference_and_its_sign() -> None:
    found = diebold_mariano_test(*losses(0, 4, gap=-0.5), 4 * 3600)
    assert found.difference == pytest.approx(-0.5, abs=0.15)
    assert found.statistic < -3.0
    assert found.p_value < 0.01


def test_too_few_moments_are_answered_in_words() -> None:
    first, second, starts = losses(0, 12, num_moments=40)
    found = diebold_mariano_test(first, second, starts, 12 * 3600)
    assert np.isnan(found.p_value)
    assert found.reason == "40 moments are too few where 11 further windows overlap each"


def test_a_single_entity_is_no_evidence() -> None:
    first, second = discordant(14, 0)
    assert mcnemar_test(first, second, np.zeros(len(first), np.int64), (0,)).p_value == 1.0
