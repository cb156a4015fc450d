from __future__ import annotations

import numpy as np
import pytest

from shared.networks.recurrent import Cell, recur

_TOKENS = np.random.default_rng(0).normal(size=(1, 6, 3)).astype(np.float32)


def _states(cell: Cell, mask: np.ndarray | None) -> np.ndarray:
    import keras

    keras.utils.set_random_seed(0)
    tokens = keras.Input((6, 3))
    kept = keras.Input((6,))
    states = recur(
        tokens,
        cell,
        units=4,
        num_layers=2,
        both_ways=True,
        dropout=0.1,
        seed=0,
        mask=None if mask is None else kept,
    )
    model = keras.Model([tokens, kept], states)
    return np.asarray(model([_TOKENS, np.ones((1, 6), np.float32) if mask is None else mask]))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_states_are_those_of_the_tokens_alone(cell: Cell) -> None:
    mask = np.array([[1, 1, 1, 0, 0, 0]], np.float32)
    states = _states(cell, mask)
    assert states.shape == (1, 6, 8)
    assert not states[0, 3:].any()
    assert np.abs(states - _states(cell, None))[0, :3].max() > 1e-3  # read from the end, too
