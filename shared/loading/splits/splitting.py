"""Dividing examples into train, val and test so that no entity straddles two splits."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.splits.stratified import stratified_folds

__all__ = [
    "SplitIndices",
    "split_by_column",
    "split_by_entity",
    "split_off_entities",
]

_MOST_FOLDS = 10
_SHARE_TOLERANCE = 0.02


class SplitIndices(NamedTuple):
    """Row indices (int64, increasing) of the three splits."""

    train: NDArray[np.int64]
    val: NDArray[np.int64]
    test: NDArray[np.int64]


def split_by_entity(
    entities: NDArray[np.str_] | NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    validation_share: float,
    test_share: float,
    seed: int,
) -> SplitIndices:
    """Divide by entity, keeping the class shares of the splits close to each other.

    Args:
        entities: (n,) names, or numbers in the order of the names.
        labels: (n,) int64 class indices, for stratification.
        validation_share: Share of rows for validation, in (0, 1); met as closely as whole entities
            allow.
        test_share: Share of rows for the test, likewise.
        seed: Decides which entities go where.

    Raises:
        DataError: Fewer than three entities.
    """
    names, codes = np.unique(entities, return_inverse=True)  # sorted once as texts
    if len(names) < 3:
        raise DataError(
            "A split by entity needs at least 3 entities, one for each of train, val and test;"
            f" received {len(names)}."
        )
    rest, test = split_off_entities(codes, labels, share=test_share, seed=seed)
    share_of_rest = validation_share / (1.0 - test_share)
    train, val = split_off_entities(codes[rest], labels[rest], share=share_of_rest, seed=seed + 1)
    return SplitIndices(rest[train], rest[val], test)


def split_off_entities(
    entities: NDArray[np.str_] | NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    share: float,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put aside about `share` of the rows, whole entities only, stratified by label.

    Returns (kept, put aside).

    Args:
        entities: (n,) names, or numbers in the order of the names.
        labels: (n,) int64 class indices.
        share: Of the rows, in (0, 1).
        seed: Decides which entities go where.

    Raises:
        DataError: Fewer than two entities.
    """
    num_entities = len(np.unique(entities))
    if num_entities < 2:
        raise DataError(
            f"Putting whole entities aside needs at least 2 of them, received {num_entities}."
        )
    num_folds, num_taken = _plan_folds(share, num_entities)
    folds = stratified_folds(entities, labels, num_folds, seed)
    sizes = [len(fold) for fold in folds]
    misses = {
        taken: abs(sum(sizes[fold] for fold in taken) / len(labels) - share)
        for taken in combinations(range(num_folds), num_taken)
        if 0 < sum(sizes[fold] for fold in taken) < len(labels)
    }
    # Folds differ in size where entities do: one patient may hold most of the rows, and then not
    # every fold will do.
    good_enough = (taken for taken, miss in misses.items() if miss <= _SHARE_TOLERANCE)
    chosen = next(good_enough, min(misses, key=misses.__getitem__))
    aside = np.sort(np.concatenate([folds[fold] for fold in chosen]))
    return np.setdiff1d(np.arange(len(labels)), aside), aside


def split_by_column(marks: NDArray[np.str_] | NDArray[np.object_], *, where: str) -> SplitIndices:
    """Divide by a column that says `train`, `val` or `test` for each row.

    Args:
        marks: (n,) str.
        where: File and column, for messages.

    Raises:
        DataError: A value is none of the three, or a split is empty.
    """
    expected = ("train", "val", "test")
    strange = sorted(set(marks.tolist()) - set(expected))
    if strange:
        row = int(np.flatnonzero(marks == strange[0])[0])
        raise DataError(
            f"{where}, row {row + 1}: a split must be train, val or test; received {strange[0]!r}."
        )
    indices = [np.flatnonzero(marks == split).astype(np.int64) for split in expected]
    empty = [split for split, rows in zip(expected, indices, strict=True) if len(rows) == 0]
    if empty:
        raise DataError(
            f"{where}: no row is marked {empty[0]!r}. Mark some, or let the split be made with"
            f" {set_option('data.split', 'entity')}"
        )
    return SplitIndices(*indices)


def _plan_folds(share: float, num_entities: int) -> tuple[int, int]:
    """In how many folds to cut, and how many of them to take.

    One if that comes close to `share`, else the fewest that do.
    """
    one = min(max(round(1.0 / share), 2), num_entities)
    more = [
        (num_folds, min(max(round(share * num_folds), 1), num_folds - 1))
        for num_folds in range(2, min(_MOST_FOLDS, num_entities) + 1)
    ]
    plans = [(one, 1), *more]
    close = (plan for plan in plans if abs(plan[1] / plan[0] - share) <= _SHARE_TOLERANCE)
    return next(close, min(plans, key=lambda plan: abs(plan[1] / plan[0] - share)))
