from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.serving.streaming.client import hear_pieces
from shared.serving.streaming.endpoint import (
    NOT_HEARD,
    PENDING,
    SIGNAL,
    first_state,
)
from tests.shared.serving.streaming.sums import STEP, endpoint, summing

_ROWS = np.arange(22, dtype=np.float32).reshape(1, 22) * np.array([[1.0], [-2.0]], np.float32)


@pytest.fixture(scope="module")
def ask() -> Any:
    return endpoint(summing())


def _expected(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Totals, and the two values before each whole step."""
    ends = np.arange(STEP, rows.shape[1] + 1, STEP)
    before = np.pad(rows, ((0, 0), (2, 0)))
    again = [before[:, end - STEP : end - STEP + 2].sum(axis=1) for end in ends]
    return np.stack([np.cumsum(rows, axis=1)[:, ends - 1], np.stack(again, axis=1)], axis=-1)


@pytest.mark.parametrize("size", [1, 3, 4, 5, 22])
def test_scores_do_not_depend_on_how_the_signal_is_cut(ask: Any, size: int) -> None:
    pieces = [_ROWS[:, start : start + size] for start in range(0, 22, size)]
    told = hear_pieces(ask, summing(), pieces)
    np.testing.assert_array_equal(told["scores"], _expected(_ROWS))
    np.testing.assert_allclose(told["probabilities"].sum(axis=-1), 1.0, rtol=1e-6)


def test_what_makes_no_whole_step_waits(ask: Any) -> None:
    answer = ask({SIGNAL: _ROWS[:, :3], **first_state(summing(), 2)})
    assert answer["scores"].shape == (2, 0, 2)
    np.testing.assert_array_equal(answer[PENDING], np.pad(_ROWS[:, :3], ((0, 0), (2, 0))))
    np.testing.assert_array_equal(answer["state_total"], np.zeros((2, 1)))


def test_a_number_that_is_not_finite_is_named_and_harms_neither_state_nor_neighbour(
    ask: Any,
) -> None:
    broken = _ROWS[:, :STEP].copy()
    broken[0, 1] = np.nan
    answer = ask({SIGNAL: broken, **first_state(summing(), 2)})
    assert answer["error"].tolist() == [NOT_HEARD.encode(), b""]
    np.testing.assert_array_equal(answer["state_total"], [[0.0], [broken[1].sum()]])


def test_a_state_that_began_too_short_is_refused(ask: Any) -> None:
    short = {**first_state(summing(), 1), PENDING: np.zeros((1, 1), np.float32)}
    with pytest.raises(tf.errors.InvalidArgumentError, match="begins with 2 zeros"):
        ask({SIGNAL: _ROWS[:1], **short})
