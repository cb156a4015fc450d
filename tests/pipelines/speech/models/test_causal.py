from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.models.causal import CEILING_DB, FLOOR_DB, CausalConvolution, GainControl
from pipelines.speech.models.streaming import AnyLevel
from shared.errors import ConfigError
from tests.pipelines.speech.sounds import configure


def _image(level_db: float, frames: int) -> np.ndarray:
    return np.full((1, frames, 2), (level_db - FLOOR_DB) / (CEILING_DB - FLOOR_DB), np.float32)


def test_gain_control_is_the_papers_equation() -> None:
    image = np.random.default_rng(0).uniform(0.3, 0.9, (1, 30, 2)).astype(np.float32)
    power = 10.0 ** ((FLOOR_DB + (CEILING_DB - FLOOR_DB) * image.astype(np.float64)) / 10.0)
    level = power[:, 0]
    expected = []
    for frame in range(30):
        level = 0.975 * level + 0.025 * power[:, frame]
        expected.append(np.sqrt(power[:, frame] / (1e-7 + level) ** 0.98 + 2.0) - np.sqrt(2.0))
    np.testing.assert_allclose(
        GainControl(0.01)(image), np.stack(expected, axis=1), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("noise_db", [-50.0, -30.0])
def test_steady_noise_fades_and_an_onset_stays(noise_db: float) -> None:
    image = np.concatenate([_image(noise_db, 200), _image(noise_db + 20.0, 5)], axis=1)
    heard = np.asarray(GainControl(0.01)(image))[0, :, 0]
    assert heard[200] > 5 * heard[199]


def test_the_beginning_of_a_noisy_clip_is_no_onset() -> None:
    heard = np.asarray(GainControl(0.01)(_image(-30.0, 50)))[0, :, 0]
    assert np.ptp(heard) < 1e-3 * heard.max()


def test_silence_is_near_nothing() -> None:
    assert np.asarray(GainControl(0.01)(np.zeros((1, 50, 2), np.float32))).max() < 1e-3


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 4)])
def test_pieces_of_a_convolution_are_the_whole(stride: int, dilation: int) -> None:
    layer = CausalConvolution(3, kernel=(5, 3), strides=(stride, 1), dilation=dilation)
    images = np.random.default_rng(0).normal(size=(2, 12, 4, 2)).astype(np.float32)
    whole = np.asarray(layer(images))
    assert whole.shape == (2, 12 // stride, 4, 3)
    state = np.zeros((2, *layer.state_shape), np.float32)
    pieces = []
    for start in range(0, 12, 2):
        piece, state = layer.step(images[:, start : start + 2], state)
        pieces.append(np.asarray(piece))
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-6)


def test_any_level_makes_noise_in_training_only_and_leaves_silence() -> None:
    layer = AnyLevel(range_db=120.0, strength=1.0, seed=0)
    images = np.repeat(_image(-40.0, 6), 64, axis=0)
    np.testing.assert_array_equal(layer(images), images)
    changed = np.asarray(layer(images, training=True))
    loudest = changed.max(axis=(1, 2))
    assert changed.min() >= 0.0
    assert loudest.max() <= 1.0 + 1e-6
    assert np.ptp(loudest) > 0.2  # 40 of 120 dB


def test_what_a_stream_can_not_deploy_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"train\.deploy=network"):
        configure("model.family=streaming", "train.deploy=auto")
    with pytest.raises(ConfigError, match=r"train\.members=1"):
        configure("model.family=streaming", "train.members=2")
    assert configure("model.family=streaming").train.deploy == "network"
