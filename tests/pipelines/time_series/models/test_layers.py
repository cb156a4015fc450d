from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy.stats import norm

from pipelines.time_series.models.layers import FoldBySeason, QuantileLadder, StepBias, season_means


def test_each_step_sees_the_same_place_of_every_past_season() -> None:
    history = np.arange(10, dtype=np.float32).reshape(1, 10, 1)
    folded = np.asarray(FoldBySeason(season_steps=4, horizon_steps=6)(history))
    assert folded[0].tolist() == [
        [2, 6],
        [3, 7],
        [4, 8],
        [5, 9],
        [2, 6],
        [3, 7],
    ]  # the oldest two steps fill no season


def test_columns_are_folded_together() -> None:
    history = np.stack([np.arange(8), np.arange(8) * 10], axis=-1).astype(np.float32)[None]
    assert np.asarray(FoldBySeason(season_steps=4, horizon_steps=1)(history))[0, 0].tolist() == [
        0,
        0,
        4,
        40,
    ]


def test_season_means_come_oldest_first() -> None:
    history = keras.ops.convert_to_tensor(np.arange(9, dtype=np.float32).reshape(1, 9, 1))
    assert np.asarray(season_means(history, 4))[0].tolist() == [2.5, 6.5]


def test_the_ladder_starts_as_a_normal_distribution() -> None:
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    assert np.allclose(
        np.asarray(QuantileLadder(levels)(np.zeros((1, 5), np.float32)))[0],
        0.5 * norm.ppf(levels),
        atol=1e-5,
    )


@pytest.mark.parametrize("levels", [(0.1, 0.5, 0.9), (0.1, 0.2), (0.8, 0.9), (0.5,)])
def test_the_ladder_rises_whatever_it_is_fed(levels: tuple[float, ...]) -> None:
    raw = np.random.default_rng(0).normal(0.0, 3.0, size=(50, len(levels))).astype(np.float32)
    assert np.all(np.diff(np.asarray(QuantileLadder(levels)(raw)), axis=-1) > 0)


def test_the_ladder_moves_as_a_whole_with_its_middle() -> None:
    ladder, raw = QuantileLadder((0.1, 0.5, 0.9)), np.zeros((2, 3), np.float32)
    raw[1, 0] = 2.0
    first, second = np.asarray(ladder(raw))
    assert np.allclose(second - first, 2.0, atol=1e-5)


def test_a_step_bias_starts_at_nothing_and_is_learned_per_step() -> None:
    layer = StepBias()
    steps = np.ones((2, 3, 4), np.float32)
    assert np.array_equal(np.asarray(layer(steps)), steps)
    assert [tuple(weight.shape) for weight in layer.trainable_weights] == [(3, 4)]


@pytest.mark.parametrize("layer", [FoldBySeason(4, 6), QuantileLadder((0.1, 0.9))])
def test_layers_can_be_rebuilt_from_their_configuration(layer: keras.layers.Layer) -> None:
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
