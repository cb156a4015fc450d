from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from shared.statistics.significance import diebold_mariano_test, mcnemar_test


def discordant(gained: int, lost: int, same: int = 20) -> tuple[np.ndarray, np.ndarray]:
    first = np.repeat([True, False, True], [gained, lost, same])
    return first, np.repeat([False, True, True], [gained, lost, same])


@pytest.mark.parametrize(("gained", "lost", "p_value"), [
    # Fagerland, Lydersen & Laake 2013, table 1: airway hyper-responsiveness; exact 0.0703
    (1, 7, 0.0391),
    (59, 6, 0.0000),  # complete response before and after treatment
    (3, 3, 1.0),
    (0, 0, 1.0),
])  # fmt: skip
def test_mid_p_value_of_mcnemars_test_is_the_published_one(
    gained: int, lost: int, p_value: float
) -> None:
    first, second = discordant(gained, lost)
    found = mcnemar_test(first, second, np.arange(len(first)), (0,))
    assert (
        found.p_value == pytest.approx(p_value, abs=5e-5)
        if gained != lost
        else found.p_value <= 1.0
    )
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
        first, second = (
            generator.random(240) < generator.beta(0.6, 0.4, 30)[codes] for _ in range(2)
        )
        codes = np.arange(240) if rows_as_entities else codes
        found.append(mcnemar_test(first, second, codes, (seed,)).p_value <= 0.05)
    return float(np.mean(found))


def test_mcnemars_test_by_entity_keeps_its_level() -> None:
    assert share_rejected(rows_as_entities=False) <= 0.10  # 0.05 plus 2.7 standard deviations


def test_mcnemars_test_by_row_would_not() -> None:
    assert share_rejected(rows_as_entities=True) > 0.2


def losses(
    seed: int, overlap: int, gap: float = 0.0, num_moments: int = 400
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Losses of two models on hourly windows of `overlap` hours, three series that share their shocks."""
    generator = np.random.default_rng([seed, 3])
    shocks = generator.normal(size=(2, num_moments + overlap))
    moving = np.stack(
        [np.convolve(row, np.ones(overlap) / overlap, mode="valid")[:num_moments] for row in shocks]
    )
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


def test_a_single_entity_is_no_ground_truth() -> None:
    first, second = discordant(14, 0)
    assert mcnemar_test(first, second, np.zeros(len(first), np.int64), (0,)).p_value == 1.0
