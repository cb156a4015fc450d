from __future__ import annotations

import numpy as np
import pytest

from shared.networks.positions import Positions, sinusoids


def test_places_differ_and_the_first_has_sines_of_zero() -> None:
    table = sinusoids(50, 8)
    assert table[0].tolist() == [0.0] * 4 + [1.0] * 4
    assert len(np.unique(table.round(5), axis=0)) == 50


def test_an_odd_width_is_filled_up_with_zeros() -> None:
    assert sinusoids(4, 5)[:, 4].tolist() == [0.0] * 4


def test_a_grid_tells_rows_in_one_half_and_columns_in_the_other() -> None:
    added = np.asarray(Positions((2, 3))(np.zeros((1, 6, 8), np.float32)))[0].reshape(2, 3, 8)
    assert np.array_equal(added[0, 0, :4], added[0, 2, :4])
    assert np.array_equal(added[0, 1, 4:], added[1, 1, 4:])
    assert len(np.unique(added.reshape(6, 8), axis=0)) == 6


@pytest.mark.parametrize("grid", [(6,), (2, 3)])
def test_scale_is_a_factor_of_what_is_added(grid: tuple[int, ...]) -> None:
    zeros = np.zeros((1, 6, 8), np.float32)
    once, thrice = (np.asarray(Positions(grid, scale=scale)(zeros)) for scale in (1.0, 3.0))
    np.testing.assert_allclose(thrice, 3.0 * once, rtol=1e-6)
