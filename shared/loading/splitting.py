"""Dividing examples into train, val and test so that no entity straddles two parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from shared.errors import DataError

__all__ = ["SplitIndices", "split_by_column", "split_by_entity", "split_off_entities"]


class SplitIndices(NamedTuple):
    """Row indices (int64, increasing) of the three parts."""

    train: NDArray[np.int64]
    val: NDArray[np.int64]
    test: NDArray[np.int64]


def split_by_entity(
    entities: NDArray[np.str_], labels: NDArray[np.int64], *, validation_share: float, test_share: float, seed: int
) -> SplitIndices:
    """Divide by entity, keeping the class shares of the parts close to each other.

    Args:
        entities: (n,) str.
        labels: (n,) int64 class indices, for stratification.
        validation_share: Share of rows for validation, in (0, 1); met as closely as whole entities allow.
        test_share: Share of rows for the test, likewise.
        seed: Decides which entities go where.

    Raises:
        DataError: Fewer than three entities.
    """
    if len(np.unique(entities)) < 3:
        raise DataError(
            f"A split by entity needs at least 3 entities, one for each of train, val and test; received {len(np.unique(entities))}."
        )
    rest, test = split_off_entities(entities, labels, share=test_share, seed=seed)
    share_of_rest = validation_share / (1.0 - test_share)
    train, val = split_off_entities(entities[rest], labels[rest], share=share_of_rest, seed=seed + 1)
    return SplitIndices(rest[train], rest[val], test)


def split_off_entities(
    entities: NDArray[np.str_], labels: NDArray[np.int64], *, share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put aside about `share` of the rows, whole entities only, stratified by label; returns (kept, put aside)."""
    num_entities = len(np.unique(entities))
    num_folds = int(np.clip(round(1.0 / share), 2, num_entities))
    folds = StratifiedGroupKFold(n_splits=num_folds, shuffle=True, random_state=seed)
    kept, aside = next(iter(folds.split(np.zeros(len(labels)), labels, groups=entities)))
    return np.sort(kept).astype(np.int64), np.sort(aside).astype(np.int64)


def split_by_column(parts: NDArray[np.str_], *, where: str) -> SplitIndices:
    """Divide by a column that says `train`, `val` or `test` for each row.

    Args:
        parts: (n,) str.
        where: File and column, for messages.

    Raises:
        DataError: A value is none of the three, or a part is empty.
    """
    expected = ("train", "val", "test")
    strange = sorted(set(np.unique(parts)) - set(expected))
    if strange:
        row = int(np.flatnonzero(parts == strange[0])[0])
        raise DataError(f"{where}, row {row + 1}: a part must be train, val or test; received {strange[0]!r}.")
    indices = [np.flatnonzero(parts == part).astype(np.int64) for part in expected]
    empty = [part for part, rows in zip(expected, indices, strict=True) if len(rows) == 0]
    if empty:
        raise DataError(f"{where}: no row is marked {empty[0]!r}. Mark some, or let the split be made with --set data.split=entity.")
    return SplitIndices(*indices)
