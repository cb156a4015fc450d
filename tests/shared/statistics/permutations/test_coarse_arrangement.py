from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kstest

from shared.statistics.permutations.arrangements import Arrangement, arrange, arrangements
from shared.statistics.permutations.coarse_arrangement import coarsened
from shared.statistics.permutations.permutation import spread_test


def test_what_is_small_enough_stays_as_it_is() -> None:
    arrangement = arrange(np.arange(40) % 3, np.arange(40))
    assert coarsened(arrangement, (0,), most_cells=40) is arrangement


@pytest.mark.parametrize("rows_each", [1, 6])
def test_joined_cells_keep_label_and_stratum_of_their_rows(rows_each: int) -> None:
    """Of entities with one row and of entities in several groups, each a stratum of its own."""
    generator = np.random.default_rng(0)
    codes = np.repeat(np.arange(1_200 // rows_each), rows_each)
    labels, given = generator.integers(0, 3, 1_200), generator.integers(0, 2, 1_200)
    arrangement = arrange(labels, codes, given)
    coarse = coarsened(arrangement, (0,), most_cells=100)
    assert len(coarse.labels) < len(arrangement.labels) / 2
    assert np.array_equal(coarse.labels[coarse.cell_of_row], labels)
    moved = next(arrangements(coarse, permutations=1, size=1, seed=(1,)))[0]
    dealt = moved[coarse.cell_of_row]
    assert not np.array_equal(dealt, labels)
    kinds = codes if rows_each > 1 else np.zeros(1_200, dtype=np.int64)
    cells = np.unique(arrangement.cell_of_row, return_index=True)[1]
    before, after = (_sorted(np.stack([kinds, given, of])[:, cells]) for of in (labels, dealt))
    assert np.array_equal(before, after)


def _sorted(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    return columns[:, np.lexsort(columns[::-1])]


def simulated(gap: float, *, within: bool, joined: bool) -> NDArray[np.float64]:
    """p-values of 200 draws in which rows of one entity resemble each other."""
    values = []
    with pytest.MonkeyPatch.context() as patch:
        if not joined:
            patch.setattr(
                "shared.statistics.permutations.permutation.coarsened", lambda found, _: found
            )
        else:
            patch.setattr("shared.statistics.permutations.permutation.coarsened", _to_sixty_cells)
        for seed in range(200):
            generator = np.random.default_rng([seed, 7])
            sizes = generator.integers(1, 4, 300)
            entities = np.repeat(np.arange(300), sizes)
            labels = generator.permutation(np.arange(300) % 3)[entities]
            if within:
                labels = generator.integers(0, 3, len(entities))
            errors = generator.normal(size=300)[entities] + generator.normal(size=len(entities))
            errors += gap * (labels == 1)
            found = spread_test(errors, labels, entities, permutations=99, seed=(seed,))
            values.append(found.p_value)
    return np.array(values)


def _to_sixty_cells(arrangement: Arrangement, seed: tuple[int, ...]) -> Arrangement:
    return coarsened(arrangement, seed, most_cells=60)


@pytest.mark.parametrize("within", [False, True])
def test_joining_cells_raises_no_more_false_alarms(within: bool) -> None:
    values = simulated(0.0, within=within, joined=True)
    assert kstest(values, "uniform").pvalue > 0.01
    assert np.mean(values <= 0.05) <= 0.05 + 2.6 * (0.05 * 0.95 / 200) ** 0.5


@pytest.mark.parametrize("within", [False, True])
def test_joining_cells_finds_nearly_as_many_gaps(within: bool) -> None:
    joined, single = (
        np.mean(simulated(0.45, within=within, joined=joined) <= 0.05) for joined in (True, False)
    )
    assert single > 0.5
    assert joined > single - 0.15
