from __future__ import annotations

import numpy as np

from shared.explain.attention.token_owners import owners_by_change, owners_by_id

_START, _END, _PAD = 101, 102, 0


def test_pieces_belong_to_their_words_though_removed_words_leave_no_gap() -> None:
    """Three words of two, one and two pieces; a removed word moves all that follow."""
    steps = np.array(
        [
            [_START, _END, _PAD, _PAD, _PAD, _PAD, _PAD],
            [_START, 7, 8, _END, _PAD, _PAD, _PAD],
            [_START, 7, 8, 9, _END, _PAD, _PAD],
            [_START, 7, 8, 9, 7, 8, _END],
        ]
    )
    owners = owners_by_id(steps, steps[0])
    expected = [[0, 1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 0]]
    np.testing.assert_array_equal(owners, expected)


def test_words_belong_to_themselves_where_removed_ones_keep_their_place() -> None:
    steps = np.array([[1, 1, 0], [5, 1, 0], [5, 6, 0]])
    np.testing.assert_array_equal(owners_by_id(steps, steps[0]), [[1, 0, 0], [0, 1, 0]])


def test_a_patch_on_two_cells_is_shared_and_what_spills_over_is_left_out() -> None:
    whole = np.zeros((3, 1), dtype=np.float32)
    without = np.array(
        [[[4.0], [3.0], [0.0]], [[0.1], [1.5], [0.0]], [[0.0], [0.2], [0.0]]], dtype=np.float32
    )
    owners = owners_by_change(without, whole)
    np.testing.assert_allclose(owners[:, 0], [1.0, 0.0, 0.0])  # 0.1 is a neighbour's
    np.testing.assert_allclose(owners[:, 1], [2 / 3, 1 / 3, 0.0])
    np.testing.assert_allclose(owners[:, 2], 0.0)  # nobody changes it


def test_no_segments_own_nothing() -> None:
    none = owners_by_change(np.zeros((0, 2, 1), np.float32), np.ones((2, 1), np.float32))
    assert none.shape == (0, 2)
