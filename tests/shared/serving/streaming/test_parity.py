from __future__ import annotations

import numpy as np

from shared.serving.streaming.parity import measure_stream, pieces_of
from tests.shared.serving.streaming.sums import STEP, endpoint, summing

_ROWS = np.random.default_rng(0).normal(size=(3, 40)).astype(np.float32)
_SCORES = np.stack([_ROWS.sum(axis=1), _ROWS[:, 34:36].sum(axis=1)], axis=-1)


def test_a_stream_that_says_what_the_row_gets_passes() -> None:
    assert measure_stream(endpoint(summing()), summing(), _ROWS, _SCORES).passed


def test_a_stream_that_forgets_is_found() -> None:
    forgetful = summing(forgets=True)
    assert not measure_stream(endpoint(forgetful), forgetful, _ROWS, _SCORES).passed


def test_pieces_are_the_whole_row_in_order() -> None:
    pieces = list(pieces_of(_ROWS, STEP, np.random.default_rng(1)))
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), _ROWS)
    assert len({piece.shape[1] for piece in pieces}) > 2
