from __future__ import annotations

import numpy as np

from shared.explain.attention.rollout import roll_out


def _layer(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array([rows], dtype=np.float32)  # one head


def test_two_layers_by_hand() -> None:
    """Token 0 looks at 1, then 1 looks at 2: half of each passes by."""
    first = _layer((0.0, 1.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    second = _layer((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 1.0))
    # (0.5 B + 0.5 I)(0.5 A + 0.5 I): rows (½, ½, 0), (0, ½, ½), (0, 0, 1); their mean:
    np.testing.assert_allclose(roll_out([first, second]), np.array([0.5, 1.0, 1.5]) / 3.0)


def test_order_of_layers_matters() -> None:
    first = _layer((0.0, 1.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    second = _layer((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    assert not np.allclose(roll_out([first, second]), roll_out([second, first]))


def test_padding_is_neither_looked_at_nor_read() -> None:
    """The last token is masked: it looks at others, but nobody looks at it."""
    layer = _layer((0.5, 0.5, 0.0), (0.5, 0.5, 0.0), (0.0, 1.0, 0.0))
    np.testing.assert_allclose(roll_out([layer]), [0.5, 0.5, 0.0])


def test_heads_are_averaged() -> None:
    heads = np.array([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]], dtype=np.float32)
    np.testing.assert_allclose(roll_out([heads]), [0.5, 0.5])
