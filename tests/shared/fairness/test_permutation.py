from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, permutation_test

from shared.evaluation.multiplicity import benjamini_hochberg, holm
from shared.fairness.permutation import spread_test


def test_p_value_agrees_with_scipy_where_every_entity_has_one_row() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.random(40), generator.random(30) + 0.15
    errors, labels = np.concatenate([first, second]), np.repeat([0, 1], [40, 30])
    found = spread_test(errors, labels, np.arange(70), permutations=4999, seed=(0,))
    expected = permutation_test(
        (first, second), lambda a, b: a.mean() - b.mean(), n_resamples=4999, alternative="two-sided", rng=np.random.default_rng(1)
    )
    assert found.spread == pytest.approx(abs(first.mean() - second.mean()))
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.02)


def simulated_p_values(num_entities: int, rows_each: int, *, within: bool, by_row: bool = False) -> list[float]:
    """p-values without any gap, while rows of one entity resemble each other; groups divide entities, or rows within them."""
    values = []
    for seed in range(200):
        generator = np.random.default_rng([seed, num_entities])
        entities = np.repeat(np.arange(num_entities), rows_each)
        errors = generator.normal(size=num_entities)[entities] + 0.3 * generator.normal(size=len(entities))
        labels = generator.permutation(np.arange(num_entities) % 3)[entities]
        if within:
            labels = generator.integers(0, 3, len(entities))
        codes = np.arange(len(entities)) if by_row else entities
        values.append(spread_test(errors, labels, codes, permutations=199, seed=(seed,)).p_value)
    return values


@pytest.mark.parametrize("within", [False, True])
def test_p_values_are_uniform_without_a_gap(within: bool) -> None:
    values = simulated_p_values(30, 6, within=within)
    assert kstest(values, "uniform").pvalue > 0.01
    assert np.mean(np.array(values) <= 0.05) <= 0.09  # 0.05 plus 2.6 standard deviations


def test_permuting_rows_instead_of_entities_would_find_gaps_that_are_not_there() -> None:
    values = simulated_p_values(30, 6, within=False, by_row=True)
    assert np.mean(np.array(values) <= 0.05) > 0.3


def test_a_large_gap_gets_the_smallest_p_value_that_the_permutations_allow() -> None:
    labels = np.repeat([0, 1], 50)
    assert spread_test(labels.astype(float), labels, np.arange(100), permutations=999, seed=(0,)).p_value == 0.001


def test_equal_errors_are_no_gap_however_sums_are_rounded() -> None:
    labels = np.arange(99) % 3
    assert spread_test(np.full(99, 0.1), labels, np.arange(99), permutations=199, seed=(0,)).p_value == 1.0


@pytest.mark.parametrize(("labels", "codes", "arrangements"), [
    ([0, 0, 1, 1], [0, 1, 2, 3], 6),  # four entities, two in each group
    ([0, 0, 1, 1], [0, 0, 1, 1], 2),  # two entities with two rows each
    ([0, 1, 0, 1], [0, 0, 1, 1], 4),  # two entities, each in both groups: each may be swapped
    ([0, 1, 0, 1], [0, 0, 1, 2], 4),  # one in both groups, two in one
])  # fmt: skip
def test_possible_arrangements_are_counted(labels: list[int], codes: list[int], arrangements: int) -> None:
    found = spread_test(np.arange(4.0), np.array(labels), np.array(codes), permutations=99, seed=(0,))
    assert found.smallest_p_value == pytest.approx(1 / arrangements)


def test_chunks_draw_the_permutations_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.fairness.permutation._CHUNK_CELLS", 100 * 7)
    labels = np.repeat([0, 1], 50)
    assert spread_test(labels.astype(float), labels, np.arange(100), permutations=999, seed=(0,)).p_value == 0.001


def test_holm_multiplies_by_the_tests_that_remain_and_never_decreases() -> None:
    # Holm 1979: sorted p times (5, 4, 3, 2, 1), then the running maximum, at most 1.
    assert holm(np.array([0.01, 0.5, 0.04, 0.03, 0.9])) == pytest.approx([0.05, 1.0, 0.12, 0.12, 1.0])


def test_holm_of_no_test_is_empty() -> None:
    assert holm(np.array([])).tolist() == []


def test_benjamini_hochberg_divides_by_the_rank_and_never_decreases() -> None:
    # Sorted p times 5 / rank, then the running minimum from above: ranks come from sorting, not from the order of the tests.
    assert benjamini_hochberg(np.array([0.01, 0.5, 0.04, 0.03, 0.9])) == pytest.approx([0.05, 0.625, 0.2 / 3, 0.2 / 3, 0.9])


def test_benjamini_hochberg_of_no_test_is_empty() -> None:
    assert benjamini_hochberg(np.array([])).tolist() == []


def test_discoveries_are_at_least_as_many_as_with_holm() -> None:
    p_values = np.random.default_rng(0).random((50, 12)) ** 3
    assert all((benjamini_hochberg(row) <= holm(row) + 1e-15).all() for row in p_values)
