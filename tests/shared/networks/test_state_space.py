from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.networks.state_space import SelectiveScan, linear_scan, state_space_block

_GENERATOR = np.random.default_rng(0)


def _draw(*shape: int) -> NDArray[np.float64]:
    return _GENERATOR.normal(size=shape)


def _one_by_one(decay: Any, drive: Any) -> Any:
    state = tf.zeros_like(drive[:, 0])
    states = []
    for step in range(decay.shape[1]):
        state = decay[:, step] * state + drive[:, step]
        states.append(state)
    return tf.stack(states, axis=1)


@pytest.mark.parametrize("num_steps", [1, 7, 8, 9, 64, 65, 130])
def test_states_and_their_gradients_are_those_of_a_loop(num_steps: int) -> None:
    decay = tf.constant(_GENERATOR.uniform(0.0, 1.0, (2, num_steps, 3)))
    drive, weights = tf.constant(_draw(2, num_steps, 3)), tf.constant(_draw(2, num_steps, 3))
    found = []
    for scan in (linear_scan, _one_by_one):
        with tf.GradientTape() as tape:
            tape.watch((decay, drive))
            states = scan(decay, drive)
            total = tf.reduce_sum(weights * states**2)
        slopes = tape.gradient(total, (decay, drive), unconnected_gradients="zero")
        found.append((states, *slopes))
    for blocks, loop in zip(*found, strict=True):
        np.testing.assert_allclose(blocks, loop, rtol=1e-10, atol=1e-12)


def _layer(width: int = 4) -> SelectiveScan:
    layer = SelectiveScan(3, dtype="float64")
    layer.build((None, 20, width))
    for weight in layer.weights:
        weight.assign(np.asarray(weight) + 0.3 * _draw(*weight.shape))
    return layer


def _by_the_paper(layer: SelectiveScan, tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    """Algorithm 2, token by token, in NumPy."""
    kernels = {name: np.asarray(kernel) for name, kernel in layer.kernels.items()}
    rates = -np.exp(np.asarray(layer.log_rates))
    answers = np.zeros_like(tokens)
    for row, one in enumerate(tokens):
        state = np.zeros(rates.shape)
        for place, token in enumerate(one):
            raw = token @ kernels["coarse_steps"] @ kernels["fine_steps"]
            step = np.log1p(np.exp(raw + np.asarray(layer.step_bias)))
            written = np.outer(step * token, token @ kernels["writing"])
            state = np.exp(step[:, None] * rates) * state + written
            told = state @ (token @ kernels["reading"])
            answers[row, place] = told + np.asarray(layer.skip) * token
    return answers


def test_the_layer_is_algorithm_2_of_the_paper() -> None:
    layer = _layer()
    tokens = _draw(2, 20, 4)
    np.testing.assert_allclose(layer(tokens), _by_the_paper(layer, tokens), rtol=1e-9)


def test_gradients_are_slopes() -> None:
    layer = _layer()
    weight = layer.log_rates.value
    tokens = tf.constant(_draw(1, 20, 4))

    def total(tokens: Any, rates: Any) -> Any:
        weight.assign(rates)
        return tf.reduce_sum(layer(tokens) ** 2)

    with tf.GradientTape() as tape:
        tape.watch(tokens)
        value = tf.reduce_sum(layer(tokens) ** 2)
    slopes = tape.gradient(value, (tokens, weight))
    at = (tokens, tf.constant(np.asarray(weight)))
    for place, slope in enumerate(slopes):
        direction = tf.constant(_draw(*slope.shape))
        ends = []
        for sign in (1.0, -1.0):
            moved = list(at)
            moved[place] = at[place] + sign * 1e-5 * direction
            ends.append(total(*moved))
        measured = float((ends[0] - ends[1]) / 2e-5)
        assert measured == pytest.approx(float(tf.reduce_sum(slope * direction)), rel=1e-6)


def test_a_state_stays_as_it_is_on_what_is_no_token() -> None:
    layer = _layer()
    tokens = _draw(1, 20, 4)
    mask = np.repeat([[1.0, 0.0, 1.0]], [5, 10, 5], axis=1)
    kept = np.flatnonzero(mask[0])
    np.testing.assert_allclose(
        np.asarray(layer(tokens, mask))[:, kept], layer(tokens[:, kept]), rtol=1e-9
    )


def test_first_step_sizes_are_spread_between_the_papers_bounds() -> None:
    layer = SelectiveScan(3)
    layer.build((None, 20, 8))
    steps = np.log1p(np.exp(np.asarray(layer.step_bias)))
    np.testing.assert_allclose([steps[0], steps[-1]], [1e-3, 1e-1], rtol=1e-3)
    np.testing.assert_allclose(np.exp(np.asarray(layer.log_rates)), [[1, 2, 3]] * 8, rtol=1e-6)


def _block(*, masked: bool) -> keras.Model:
    tokens, mask = keras.Input((12, 4)), keras.Input((12,))
    told = state_space_block(
        tokens,
        num_states=2,
        widening=2,
        kernel=3,
        dropout=0.1,
        seed=0,
        name="block",
        mask=mask if masked else None,
    )
    return keras.Model([tokens, mask], told)


def test_no_token_sees_a_later_one() -> None:
    tokens = _draw(1, 12, 4).astype(np.float32)
    later = tokens.copy()
    later[:, 7:] += 1.0
    model = _block(masked=False)
    before, after = (np.asarray(model([each, np.ones((1, 12))])) for each in (tokens, later))
    np.testing.assert_array_equal(before[:, :7], after[:, :7])
    assert np.abs(before - after)[:, 7:].min() > 1e-4


def test_what_is_no_token_says_nothing() -> None:
    tokens = _draw(1, 12, 4).astype(np.float32)
    mask = np.repeat([[0.0, 1.0]], [3, 9], axis=1).astype(np.float32)
    other = tokens.copy()
    other[:, :3] = 9.0
    model = _block(masked=True)
    one, another = (np.asarray(model([each, mask]))[:, 3:] for each in (tokens, other))
    np.testing.assert_array_equal(one, another)
