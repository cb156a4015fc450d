"""The same data by path and by `tfds:` must be the same splits."""

from __future__ import annotations

import numpy as np

from shared.contract import Splits
from tests.contract.comparing import equal_arrays, equal_rows

__all__ = ["assert_same_splits"]


def assert_same_splits(one: Splits, other: Splits) -> None:
    """Ids, entities, groups, targets, rows, evidence and parts are equal.

    Where they come from may differ.
    """
    assert one.target == other.target
    assert [len(part) for part in one.by_split().values()] == [
        len(part) for part in other.by_split().values()
    ]
    for name, first in one.by_split().items():
        second = other.by_split()[name]
        assert first.ids.tolist() == second.ids.tolist()
        assert first.entities.tolist() == second.entities.tolist()
        assert first.groups.equals(second.groups)
        assert equal_arrays(first.targets, second.targets)
        everything = np.arange(len(first))
        assert equal_rows(first.rows(everything), second.rows(everything))
        assert (first.ground_truth is None) == (second.ground_truth is None)
        if first.ground_truth is not None and second.ground_truth is not None:
            assert all(
                equal_arrays(first.ground_truth(index), second.ground_truth(index))
                for index in range(len(first))
            )
