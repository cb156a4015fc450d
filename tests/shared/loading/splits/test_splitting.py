from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.errors import DataError
from shared.loading.splits.splitting import (
    SplitIndices,
    split_by_column,
    split_by_entity,
    split_off_entities,
)


def _entities(*sizes: int) -> NDArray[np.str_]:
    return np.repeat([f"e{index}" for index in range(len(sizes))], sizes)


def _split(
    entities: NDArray[np.str_],
    labels: NDArray[np.int64],
    *,
    seed: int = 0,
    val: float = 0.15,
    test: float = 0.2,
) -> SplitIndices:
    return split_by_entity(entities, labels, validation_share=val, test_share=test, seed=seed)


@given(
    sizes=st.lists(st.integers(1, 30), min_size=3, max_size=40),
    num_labels=st.integers(1, 6),
    val=st.floats(0.01, 0.39),
    test=st.floats(0.01, 0.39),
    seed=st.integers(0, 2**31 - 2),
)
@settings(max_examples=80, deadline=None)
def test_every_row_lands_in_one_split_and_no_entity_in_two(
    sizes: list[int], num_labels: int, val: float, test: float, seed: int
) -> None:
    entities = _entities(*sizes)
    labels = np.random.default_rng(seed).integers(0, num_labels, len(entities))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = _split(entities, labels, seed=seed, val=val, test=test)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(entities)))
    assert all(len(part) > 0 for part in parts)
    assert all((np.diff(part) > 0).all() and part.dtype == np.int64 for part in parts)
    owners = [set(entities[part].tolist()) for part in parts]
    assert not (owners[0] & owners[1] or owners[0] & owners[2] or owners[1] & owners[2])


def test_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    entities, labels = _entities(*[4] * 60), np.arange(240) % 3
    for one, other in zip(_split(entities, labels), _split(entities, labels), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(_split(entities, labels).test, _split(entities, labels, seed=1).test)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.45])
def test_share_is_met_where_entities_allow(share: float) -> None:
    _, aside = split_off_entities(_entities(*[3] * 200), np.arange(600) % 2, share=share, seed=0)
    assert abs(len(aside) / 600 - share) <= 0.025


@pytest.mark.parametrize("seed", range(5))
def test_entity_with_most_of_the_rows_stays_in_training(seed: int) -> None:
    parts = _split(_entities(90, 2, 2, 2, 2, 2), np.arange(100) % 2, seed=seed)
    assert len(parts.train) >= 90


def test_class_shares_stay_close() -> None:
    generator = np.random.default_rng(0)
    entities = _entities(*generator.integers(1, 8, 300))
    labels = (np.unique(entities, return_inverse=True)[1] % 10 == 0).astype(
        np.int64
    )  # one entity in ten is ill
    overall = labels.mean()
    for part in _split(entities, labels):
        assert abs(labels[part].mean() - overall) < 0.03


def test_label_too_rare_for_every_fold_is_no_obstacle() -> None:
    labels = np.zeros(60, dtype=np.int64)
    labels[0] = 1
    assert len(_split(_entities(*[2] * 30), labels).train) > 0


def test_three_entities_with_a_label_each_are_enough() -> None:
    assert [len(part) for part in _split(_entities(1, 1, 1), np.arange(3))] == [1, 1, 1]


def test_two_entities_are_too_few_for_three_splits() -> None:
    with pytest.raises(
        DataError,
        match=r"needs at least 3 entities, one for each of train, val and test; received 2\.",
    ):
        _split(_entities(50, 50), np.arange(100) % 2)


def test_one_entity_cannot_be_put_aside() -> None:
    with pytest.raises(DataError, match=r"needs at least 2 of them, received 1\."):
        split_off_entities(_entities(9), np.arange(9) % 2, share=0.2, seed=0)


def test_column_decides_the_splits() -> None:
    parts = split_by_column(
        np.asarray(["test", "train", "val", "train"]), where="meta.csv, column 'part'"
    )
    assert [part.tolist() for part in parts] == [[1, 3], [2], [0]]


def test_unknown_split_is_named_with_its_row() -> None:
    with pytest.raises(DataError) as caught:
        split_by_column(
            np.asarray(["train", "val", "test", "dev"]), where="meta.csv, column 'part'"
        )
    assert (
        str(caught.value)
        == "meta.csv, column 'part', row 4: a split must be train, val or test; received 'dev'."
    )


def test_split_without_rows_is_named() -> None:
    with pytest.raises(
        DataError,
        match=r"meta\.csv: no row is marked 'val'\. Mark some, or .*--set data\.split=entity",
    ):
        split_by_column(np.asarray(["train", "test"]), where="meta.csv")
