from __future__ import annotations

import keras
import numpy as np
import pytest

from shared.compression.pruning import KeepZero, choose_share, masks_of, prunable_weights
from shared.errors import CompressionRefusedError

_ENTITIES = np.arange(100).astype(str)
_FULL = np.random.default_rng(0).normal(1.0, 0.3, 100)


def test_the_smallest_weights_of_all_layers_together_are_cut() -> None:
    small, large = np.full((2, 5), 0.1, np.float32), np.full((10, 1), -3.0, np.float32)
    masks = masks_of([small, large], 0.5)
    assert (masks[0] == 0.0).all() and (masks[1] == 1.0).all()


def test_biases_and_scales_are_never_cut() -> None:
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()]
    )
    assert [tuple(weight.shape) for weight in prunable_weights(model)] == [(4, 3)]


def test_what_was_cut_stays_zero_through_a_training() -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    weights = prunable_weights(model)
    keep = KeepZero(weights, masks_of([np.asarray(each) for each in weights], 0.5))
    keep.cut()
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 4)), np.ones((8, 3)), epochs=2, verbose=0, callbacks=[keep])
    assert (np.asarray(weights[0]) == 0.0).sum() == 6
    model.fit(np.ones((8, 4)), np.ones((8, 3)), epochs=1, verbose=0)  # the saboteur: without it
    assert (np.asarray(weights[0]) == 0.0).sum() == 0


def test_the_largest_share_within_one_standard_error_is_chosen() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.5, 100)
    losses = {0.5: _FULL + noise - noise.mean(), 0.75: _FULL + noise - noise.mean() + 0.04}
    losses[0.9] = _FULL + noise - noise.mean() + 0.2
    found = choose_share(losses, _FULL, _ENTITIES, num_weights=10, epochs=1)
    assert (found.share, [one.kept for one in found.tried]) == (0.75, [True, True, False])


def test_a_cut_that_always_costs_is_refused() -> None:
    with pytest.raises(CompressionRefusedError, match=r"Without 50% .* rises by 0\.3"):
        choose_share({0.5: _FULL + 0.3}, _FULL, _ENTITIES, num_weights=10, epochs=1)
