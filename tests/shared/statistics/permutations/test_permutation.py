from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import kstest, permutation_test

from shared.statistics.permutations.arrangements import arrange, arrangements
from shared.statistics.permutations.permutation import (
    RowTable,
    spread_test,
    spreads_test,
    studentised_range,
)
from shared.statistics.significance import benjamini_hochberg, holm


def test_p_value_agrees_with_scipy_where_every_entity_has_one_row() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.random(40), generator.random(30) + 0.15
    errors, labels = np.concatenate([first, second]), np.repeat([0, 1], [40, 30])
    found = spread_test(errors, labels, np.arange(70), permutations=4999, seed=(0,))
    expected = permutation_test(
        (first, second),
        lambda a, b: a.mean() - b.mean(),
        n_resamples=4999,
        alternative="two-sided",
        rng=np.random.default_rng(1),
    )
    assert found.spread == pytest.approx(abs(first.mean() - second.mean()))
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.02)


def simulated_p_values(
    num_entities: int, rows_each: int, *, within: bool, by_row: bool = False
) -> list[float]:
    """p-values without any gap, while rows of one entity resemble each other.

    Groups divide entities, or rows within them.
    """
    values = []
    for seed in range(200):
        generator = np.random.default_rng([seed, num_entities])
        entities = np.repeat(np.arange(num_entities), rows_each)
        errors = generator.normal(size=num_entities)[entities] + 0.3 * generator.normal(
            size=len(entities)
        )
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
    assert (
        spread_test(
            labels.astype(float), labels, np.arange(100), permutations=999, seed=(0,)
        ).p_value
        == 0.001
    )


def test_equal_errors_are_no_gap_however_sums_are_rounded() -> None:
    labels = np.arange(99) % 3
    assert (
        spread_test(np.full(99, 0.1), labels, np.arange(99), permutations=199, seed=(0,)).p_value
        == 1.0
    )


@pytest.mark.parametrize(("labels", "codes", "arrangements"), [
    ([0, 0, 1, 1], [0, 1, 2, 3], 6),  # four entities, two in each group
    ([0, 0, 1, 1], [0, 0, 1, 1], 2),  # two entities with two rows each
    ([0, 1, 0, 1], [0, 0, 1, 1], 4),  # two entities, each in both groups: each may be swapped
    ([0, 1, 0, 1], [0, 0, 1, 2], 4),  # one in both groups, two in one
])  # fmt: skip
def test_possible_arrangements_are_counted(
    labels: list[int], codes: list[int], arrangements: int
) -> None:
    found = spread_test(
        np.arange(4.0), np.array(labels), np.array(codes), permutations=99, seed=(0,)
    )
    assert found.smallest_p_value == pytest.approx(1 / arrangements)


def test_chunks_draw_the_permutations_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.statistics.permutations.arrangements._CHUNK_CELLS", 100 * 7)
    labels = np.repeat([0, 1], 50)
    assert (
        spread_test(
            labels.astype(float), labels, np.arange(100), permutations=999, seed=(0,)
        ).p_value
        == 0.001
    )


def test_holm_multiplies_by_the_tests_that_remain_and_never_decreases() -> None:
    # Holm 1979: sorted p times (5, 4, 3, 2, 1), then the running maximum, at most 1.
    assert holm(np.array([0.01, 0.5, 0.04, 0.03, 0.9])) == pytest.approx(
        [0.05, 1.0, 0.12, 0.12, 1.0]
    )


def test_holm_of_no_test_is_empty() -> None:
    assert holm(np.array([])).tolist() == []


def test_benjamini_hochberg_divides_by_the_rank_and_never_decreases() -> None:
    # Sorted p times 5 / rank, then the running minimum from above: ranks come from sorting, not
    # from the order of the tests.
    assert benjamini_hochberg(np.array([0.01, 0.5, 0.04, 0.03, 0.9])) == pytest.approx(
        [0.05, 0.625, 0.2 / 3, 0.2 / 3, 0.9]
    )


def test_benjamini_hochberg_of_no_test_is_empty() -> None:
    assert benjamini_hochberg(np.array([])).tolist() == []


def test_discoveries_are_at_least_as_many_as_with_holm() -> None:
    p_values = np.random.default_rng(0).random((50, 12)) ** 3
    assert all((benjamini_hochberg(row) <= holm(row) + 1e-15).all() for row in p_values)


def unequal_cells(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """No gap; the entities of the rarer group hold a tenth of the rows of the others'."""
    generator = np.random.default_rng([seed, 2])
    codes = np.repeat(np.arange(60), np.repeat([2, 20], [15, 45]))
    return (
        (generator.random(len(codes)) < 0.15).astype(float),
        (codes >= 15).astype(np.int64),
        codes,
    )


def rare_terms(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """No gap; authors who mention one of five terms now and then, so that most of their rows are of one group."""
    generator = np.random.default_rng([seed, 1])
    codes = np.repeat(np.arange(80), 10)
    labels = generator.choice(6, len(codes), p=[0.5] + [0.1] * 5)
    share = 1.0 / (1.0 + np.exp(1.6 - 0.5 * generator.normal(size=80)[codes]))
    return (generator.random(len(codes)) < share).astype(float), labels, codes


@pytest.mark.parametrize("draw", [unequal_cells, rare_terms])
def test_cells_of_unequal_size_are_not_taken_for_a_gap(
    draw: Callable[[int], tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> None:
    found = [
        spread_test(*draw(seed), permutations=99, seed=(seed,)).p_value <= 0.05
        for seed in range(150)
    ]
    assert (
        sum(found) <= 17
    )  # 7.5 are expected at 5 %; the plain range found 65 (unequal cells) and 21 (rare terms)


def test_the_effect_is_the_plain_largest_minus_smallest() -> None:
    errors, labels, codes = unequal_cells(0)
    means = [errors[labels == group].mean() for group in (0, 1)]
    assert spread_test(errors, labels, codes, permutations=99, seed=(0,)).spread == pytest.approx(
        abs(means[0] - means[1]), abs=1e-12
    )


def test_studentised_range_knows_no_difference_no_variance_and_no_value() -> None:
    means = np.array([[0.1, 0.1, np.nan], [0.1, 0.3, np.nan], [0.1, 0.3, np.nan]])[:, :, None]
    variances = np.array([[0.0, 0.0, np.nan], [0.0, 0.0, np.nan], [0.01, 0.0, np.nan]])[:, :, None]
    assert studentised_range(means, variances)[:, 0].tolist() == pytest.approx([0.0, np.inf, 2.0])


def conditional(seed: int, given: bool) -> float:
    """p-value of a test of recall and false positives.

    Group 1 has more of the class, and nothing else differs.
    """
    generator = np.random.default_rng([seed, 3])
    labels = (np.arange(400) % 4 == 0).astype(np.int64)
    truth = (generator.random(400) < np.where(labels == 1, 0.7, 0.2)).astype(np.int64)
    chosen = (generator.random(400) < np.where(truth == 1, 0.8, 0.1)).astype(float)
    counts = np.stack([truth == 1, truth == 0], axis=1)
    table = RowTable(
        np.stack([chosen, chosen], axis=1),
        counts if given else np.ones_like(counts),
        np.ones((2, 2), dtype=np.bool_),
    )
    arrangement = arrange(labels, np.arange(400), truth if given else None)
    return spreads_test(table, arrangement, permutations=99, seed=(seed,)).p_value


def test_what_a_criterion_takes_as_given_is_not_held_against_the_groups() -> None:
    assert sum(conditional(seed, given=True) <= 0.05 for seed in range(60)) <= 8  # 3 are expected
    assert (
        sum(conditional(seed, given=False) <= 0.05 for seed in range(60)) == 60
    )  # decisions do differ


def test_labels_move_within_what_is_given_and_within_divided_entities() -> None:
    codes = np.array([0, 1, 2, 3, 4, 4, 4, 4, 5, 5])
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 0])
    given = np.array([0, 0, 1, 1, 0, 0, 1, 1, 0, 1])
    arrangement = arrange(labels, codes, given)
    strata = arrangement.strata[arrangement.cell_of_row]
    assert (
        strata[0] == strata[1] != strata[2] == strata[3]
    )  # whole entities that share what is given
    assert (
        strata[4] == strata[5] != strata[6] == strata[7]
    )  # within an entity of several groups, kind by kind
    assert (
        arrangement.cell_of_row[8] == arrangement.cell_of_row[9]
    )  # an entity in one group moves as a whole
    for shuffled in arrangements(arrangement, permutations=20, size=7, seed=(0,)):
        for stratum in np.unique(arrangement.strata):
            cells = arrangement.strata == stratum
            assert (np.sort(shuffled[:, cells], axis=1) == np.sort(arrangement.labels[cells])).all()


def few_speakers(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seven of thirty speakers err by 20 points more often, each to an extent of their own."""
    generator = np.random.default_rng([seed, 4])
    speaker_group = generator.permutation(np.repeat([0, 1, 2], [13, 10, 7]))
    share = np.where(speaker_group == 2, 0.26, 0.06)
    codes = np.repeat(np.arange(30), 10)
    errors = generator.random(len(codes)) < generator.beta(6 * share, 6 * (1 - share))[codes]
    return errors.astype(float), speaker_group[codes], codes


def test_a_gap_of_few_varied_entities_is_found() -> None:
    found = [
        spread_test(*few_speakers(seed), permutations=99, seed=(seed,)).p_value <= 0.05
        for seed in range(60)
    ]
    assert sum(found) >= 33  # 40 here; 25 if each group's variance came from its own entities alone


@pytest.mark.parametrize("level", [0.05, 0.033])
def test_a_test_that_can_no_longer_reach_its_level_ends_and_every_other_is_the_same(
    level: float,
) -> None:
    shorter = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        labels = np.arange(90) % 3
        errors = generator.normal(size=90) + 0.5 * (labels == 0)
        whole, ended = (
            spread_test(errors, labels, np.arange(90), permutations=399, seed=(seed,), level=given)
            for given in (None, level)
        )
        assert (ended.p_value <= level) == (whole.p_value <= level)
        if ended.permutations == 399:
            assert ended == whole or ended.p_value > level
        else:
            shorter += 1
            assert ended.p_value > level
            assert ended.p_value == pytest.approx(whole.p_value, abs=0.25)
    assert 10 < shorter < 60


def test_p_values_of_tests_that_end_early_are_uniform_up_to_their_level() -> None:
    values = []
    for seed in range(400):
        generator = np.random.default_rng([seed, 3])
        errors = generator.normal(size=40)
        labels = np.arange(40) % 2
        found = spread_test(
            errors, labels, np.arange(40), permutations=199, seed=(seed,), level=0.05
        )
        values.append(found.p_value)
    for level in (0.05, 0.1, 0.25, 0.5):
        share = np.mean(np.array(values) <= level)
        assert abs(share - level) <= 2.6 * (level * (1 - level) / 400) ** 0.5
