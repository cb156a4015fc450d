from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.speech.models.augment import BackgroundNoise, SpeakerWarp, SpectrogramMasks

_LAYERS: dict[str, Callable[[float], keras.layers.Layer]] = {
    "warp": lambda strength: SpeakerWarp(
        sample_rate_hz=8000, lowest_hz=60.0, strength=strength, seed=1
    ),
    "noise": lambda strength: BackgroundNoise(range_db=60.0, strength=strength, seed=1),
    "masks": lambda strength: SpectrogramMasks(
        widest_band=8, widest_stretch=10, strength=strength, seed=1
    ),
}


@pytest.fixture
def images() -> NDArray[np.float32]:
    drawn = np.random.default_rng(0).uniform(0.2, 1.0, (16, 50, 40)).astype(np.float32)
    drawn[:, :10] = drawn[:, 40:] = 0.0
    return drawn


@pytest.mark.parametrize("name", _LAYERS)
def test_nothing_changes_at_inference(name: str, images: NDArray[np.float32]) -> None:
    assert np.array_equal(np.asarray(_LAYERS[name](1.0)(images, training=False)), images)


@pytest.mark.parametrize("name", _LAYERS)
def test_strength_0_switches_it_off(name: str, images: NDArray[np.float32]) -> None:
    assert np.array_equal(np.asarray(_LAYERS[name](0.0)(images, training=True)), images)


@pytest.mark.parametrize("name", _LAYERS)
def test_training_changes_images_anew_and_keeps_them_valid(
    name: str, images: NDArray[np.float32]
) -> None:
    layer = _LAYERS[name](1.0)
    first, second = (np.asarray(layer(images, training=True)) for _ in range(2))
    assert not np.array_equal(first, second)
    assert first.shape == images.shape
    assert first.min() >= 0.0
    assert first.max() <= 1.0 + 1e-6


@pytest.mark.parametrize("name", _LAYERS)
def test_the_same_seed_draws_the_same(name: str, images: NDArray[np.float32]) -> None:
    first, second = (np.asarray(_LAYERS[name](1.0)(images, training=True)) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", _LAYERS)
def test_a_layer_is_rebuilt_from_its_configuration(name: str) -> None:
    layer = _LAYERS[name](0.7)
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_a_warp_moves_a_band_without_losing_it() -> None:
    images = np.zeros((64, 50, 40), dtype=np.float32)
    images[:, 10:40, 18:21] = 1.0
    warped = np.asarray(
        SpeakerWarp(sample_rate_hz=8000, lowest_hz=60.0, strength=1.0, seed=1)(
            images, training=True
        )
    )
    centres = (warped.sum(axis=1) * np.arange(40)).sum(axis=1) / warped.sum(axis=(1, 2))
    assert centres.min() < 17.5
    assert centres.max() > 20.5
    assert np.abs(centres - 19.0).max() < 5.0, (
        "a factor of 1.2 is less than 5 of 40 mel bands at 1 kHz"
    )


def test_masks_blank_no_more_than_asked_for(images: NDArray[np.float32]) -> None:
    full = np.ones((64, 50, 40), dtype=np.float32)
    masked = np.asarray(
        SpectrogramMasks(widest_band=8, widest_stretch=10, strength=1.0, seed=1)(
            full, training=True
        )
    )
    blank_bands = (masked == 0).all(axis=1).sum(axis=1)
    blank_frames = (masked == 0).all(axis=2).sum(axis=1)
    assert 0 < blank_bands.max() <= 2 * 9
    assert 0 < blank_frames.max() <= 2 * 11


def test_noise_leaves_about_half_of_the_clips_without_a_higher_floor() -> None:
    images = np.zeros((256, 20, 40), dtype=np.float32)
    images[:, 5:15, 10] = 1.0
    noisy = np.asarray(BackgroundNoise(range_db=60.0, strength=1.0, seed=1)(images, training=True))
    clean = (noisy[:, 0].max(axis=1) == 0.0).mean()
    assert 0.35 < clean < 0.65
