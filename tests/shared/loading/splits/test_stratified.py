from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from shared.loading.splits.stratified import stratified_folds


def _rows(
    seed: int, *, num_rows: int, num_labels: int
) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Entities of very different sizes, each with labels of its own."""
    generator = np.random.default_rng(seed)
    entities = np.minimum(generator.geometric(0.05, num_rows), num_rows).astype(np.str_)
    return entities, generator.choice(
        num_labels, num_rows, p=generator.dirichlet(np.ones(num_labels))
    )


@pytest.mark.parametrize("num_labels", [1, 2, 7, 12])
@pytest.mark.parametrize("num_folds", [2, 5, 11])
def test_folds_are_those_of_scikit_learn(num_labels: int, num_folds: int) -> None:
    for seed in range(2):
        entities, labels = _rows(seed, num_rows=120, num_labels=num_labels)
        splitter = StratifiedGroupKFold(n_splits=num_folds, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The least populated class")
            expected = [rows for _, rows in splitter.split(entities, labels, groups=entities)]
        for fold, rows in zip(
            stratified_folds(entities, labels, num_folds, seed), expected, strict=True
        ):
            np.testing.assert_array_equal(fold, rows)


def test_of_many_entities_the_small_ones_are_dealt_as_evenly() -> None:
    generator = np.random.default_rng(0)
    sizes = np.concatenate([[3000], generator.integers(1, 4, 6000)])
    entities = np.repeat(np.arange(len(sizes)), sizes)
    labels = (generator.random(len(entities)) < 0.1).astype(np.int64)
    folds = stratified_folds(entities, labels, 5, 0, most_placed=1000)
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(entities)))
    owners = [set(entities[fold].tolist()) for fold in folds]
    assert sum(map(len, owners)) == len(sizes)
    for fold in folds:
        assert len(fold) == pytest.approx(len(entities) / 5, rel=0.01)
        assert labels[fold].mean() == pytest.approx(labels.mean(), rel=0.05)


def test_dealing_has_no_order_of_rows_or_names() -> None:
    """Entities that come late, or are large, are in each fold as often as in the others."""
    entities = np.arange(3000)
    labels = np.zeros(3000, dtype=np.int64)
    folds = stratified_folds(entities, labels, 5, 3, most_placed=10)
    assert all(abs(fold.mean() - 1500) < 120 for fold in folds)
    again = stratified_folds(entities, labels, 5, 3, most_placed=10)
    other = stratified_folds(entities, labels, 5, 4, most_placed=10)
    assert all(np.array_equal(one, two) for one, two in zip(folds, again, strict=True))
    assert not np.array_equal(folds[0], other[0])
