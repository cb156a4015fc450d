from __future__ import annotations

import numpy as np
import pytest

from shared.training.generated.nearness import COPY_RATIO, copy_ratios, fidelity, nearest

_GENERATOR = np.random.default_rng(0)
_REAL = _GENERATOR.normal(size=(300, 40))


def test_rows_of_the_same_kind_are_within_reach_and_strangers_are_not() -> None:
    alike = _GENERATOR.normal(size=(200, 40))
    assert fidelity(alike, _REAL).mean() > 0.6
    assert not fidelity(alike + 10.0, _REAL).any()


def test_one_image_repeated_is_real_but_covers_little() -> None:
    collapsed = np.repeat(_REAL[:1], 50, axis=0) + 1e-3 * _GENERATOR.normal(size=(50, 40))
    assert fidelity(collapsed, _REAL).all()
    assert fidelity(_REAL, collapsed).mean() < 0.05


def test_a_crowd_without_a_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 3 rows, received 3"):
        fidelity(_REAL, _REAL[:3])


def test_noisy_copies_are_found_and_new_rows_are_not() -> None:
    copies = _REAL[:20] + 0.05 * _GENERATOR.normal(size=(20, 40))
    assert (copy_ratios(copies, _REAL) < COPY_RATIO).all()
    assert (copy_ratios(_GENERATOR.normal(size=(200, 40)), _REAL) < COPY_RATIO).mean() < 0.02
    assert nearest(copies, _REAL).tolist() == list(range(20))


def test_what_is_blurred_is_near_to_everything_but_no_copy() -> None:
    blurred = 0.2 * _GENERATOR.normal(size=(100, 40))
    sharp = _GENERATOR.normal(size=(100, 40))
    near, usual = (
        np.linalg.norm(rows - _REAL[nearest(rows, _REAL)], axis=1) for rows in (blurred, sharp)
    )
    assert np.median(near) < np.median(usual)
    assert (copy_ratios(blurred, _REAL) < COPY_RATIO).mean() < 0.02


def test_a_row_does_not_count_as_its_own_copy() -> None:
    same = np.eye(len(_REAL), dtype=bool)
    assert (copy_ratios(_REAL, _REAL, same=same) < COPY_RATIO).mean() < 0.02
    assert (copy_ratios(_REAL, _REAL) < 1e-3).all()
