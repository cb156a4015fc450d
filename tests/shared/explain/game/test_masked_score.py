from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.contract import Rows
from shared.errors import UserError
from shared.explain.game.masked_score import Ask, MaskedScore, score_together
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


def _counted(sizes: list[int]) -> Callable[[Rows], NDArray[np.float64]]:
    def scores(rows: Rows) -> NDArray[np.float64]:
        sizes.append(len(rows["keep"]))
        return np.asarray(rows["keep"])

    return scores


def test_masks_of_several_rows_fill_batches_together_and_each_row_learns_its_own() -> None:
    sizes: list[int] = []
    scores = _counted(sizes)
    games = [
        MaskedScore(
            lambda keep: {"keep": keep.astype(np.float64)},
            scores,
            num_segments=4,
            answer=lambda found, place=place: found[:, place],  # type: ignore[misc]
        )
        for place in range(4)
    ]
    keep = (np.arange(16)[:, None] >> np.arange(4) & 1).astype(bool)
    score_together([Ask(game, keep) for game in games])
    assert sizes == [64]
    for place, game in enumerate(games):
        np.testing.assert_array_equal(game(keep), keep[:, place])
    assert sizes == [64]


def test_a_row_whose_score_is_no_number_stops_only_itself() -> None:
    good = masked_score(lambda keep: keep.sum(axis=1), 2)
    bad = MaskedScore(
        good.mask, good.scores, num_segments=2, answer=lambda found: np.full(len(found), np.nan)
    )
    keep = np.eye(2, dtype=np.bool_)
    score_together([Ask(good, keep), Ask(bad, keep)])
    assert good(keep).tolist() == [1.0, 1.0]
    with pytest.raises(UserError, match="NaN or infinite"):
        bad(keep)
