from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from tests.shared.explain.games import masked_score


def test_a_mask_that_was_seen_is_not_evaluated_again() -> None:
    score = masked_score(lambda keep: keep.sum(axis=1), 3)
    keep = np.array([[True, False, True], [True, False, True], [False, False, True]])
    assert score(keep).tolist() == [2.0, 2.0, 1.0]
    score(keep)
    assert score.evaluations == 2


def test_rows_are_made_in_bounded_chunks() -> None:
    sizes: list[int] = []

    def mask(keep: NDArray[np.bool_]) -> Rows:
        sizes.append(len(keep))
        return {"keep": keep.astype(np.float64)}

    score = masked_score(lambda keep: keep.sum(axis=1), 10, mask=mask)
    keep = (np.arange(200)[:, None] >> np.arange(10) & 1).astype(bool)
    np.testing.assert_array_equal(score(keep), keep.sum(axis=1))
    assert sizes == [64, 64, 64, 8]
