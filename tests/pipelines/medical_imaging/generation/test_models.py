"""Both models on images that are bright or dark by class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.medical_imaging.generation.diffusion import sample_diffusion
from pipelines.medical_imaging.generation.gan import sample_gan
from pipelines.medical_imaging.generation.settings import MedicalTrainConfig
from pipelines.medical_imaging.generation.small_images import SmallImages

_Sample = Callable[[MedicalTrainConfig, SmallImages, NDArray[np.int64]], NDArray[np.uint8]]
_CLASSES = np.arange(40) % 2
_BRIGHT = (
    np.random.default_rng(0).integers(0, 60, (40, 16, 16, 3)) + 190 * _CLASSES[:, None, None, None]
)
_IMAGES = SmallImages(_BRIGHT.astype(np.uint8), _CLASSES, 2, ())
_WANTED = np.array([0, 1] * 4)


def _sampled(sample: _Sample, steps: int, seed: int = 0) -> Any:
    keras.utils.set_random_seed(0)
    settings = MedicalTrainConfig(synthesize_steps=steps, seed=seed)
    return sample(settings, _IMAGES, _WANTED)


@pytest.mark.slow
@pytest.mark.parametrize(("sample", "steps"), [(sample_diffusion, 150), (sample_gan, 200)])
def test_images_are_of_the_class_asked_for(sample: _Sample, steps: int) -> None:
    brightness = _sampled(sample, steps).mean(axis=(1, 2, 3))
    assert brightness[_WANTED == 1].min() > brightness[_WANTED == 0].max() + 40.0


@pytest.mark.slow
@pytest.mark.parametrize("sample", [sample_diffusion, sample_gan])
def test_the_seed_decides(sample: _Sample) -> None:
    first, again, other = (_sampled(sample, 2, seed) for seed in (0, 0, 1))
    assert first.shape == (8, 16, 16, 3)
    assert np.abs(first.astype(int) - again).max() <= 1
    assert np.abs(first.astype(int) - other).mean() > 1.0
