from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.medical_imaging.models.augment import augmentations
from pipelines.medical_imaging.models.families import PretrainedConfig, ResnetConfig
from shared.networks.mixing import collecting_mixtures

_OFF: dict[str, Any] = {"flip": "none", "rotation_degrees": 0.0}
_SETTINGS: dict[str, dict[str, Any]] = {
    "augment_flip": {"flip": "horizontal"},
    "augment_rotation": {"rotation_degrees": 90.0},
    "augment_zoom": {"zoom": 0.3},
    "augment_shift": {"shift": 0.2},
    "augment_brightness": {"brightness": 0.2},
    "augment_contrast": {"contrast": 0.3},
    "augment_randaugment": {"randaugment_operations": 2},
    "augment_mixing": {"mixup_alpha": 0.4, "cutmix_alpha": 1.0},
}
_IMAGES = np.random.default_rng(0).uniform(-1.0, 1.0, (16, 20, 24, 3)).astype(np.float32)


def _only(name: str, seed: int = 0) -> keras.layers.Layer:
    (layer,) = augmentations(ResnetConfig(**{**_OFF, **_SETTINGS[name]}), seed)
    return layer


def _changed(layer: keras.layers.Layer, images: NDArray[Any] = _IMAGES) -> NDArray[Any]:
    with collecting_mixtures():
        return np.asarray(layer(images, training=True))


def test_what_is_switched_off_leaves_no_layer() -> None:
    assert augmentations(ResnetConfig(**_OFF), 0) == []
    assert [layer.name for layer in augmentations(ResnetConfig(), 0)] == [
        "augment_flip",
        "augment_rotation",
    ]


@pytest.mark.parametrize("name", _SETTINGS)
def test_each_setting_acts_in_training_only_by_its_seed_and_keeps_the_range(name: str) -> None:
    layer = _only(name)
    assert layer.name == name
    np.testing.assert_array_equal(np.asarray(layer(_IMAGES, training=False)), _IMAGES)
    first = _changed(layer)
    assert not np.array_equal(first, _IMAGES)
    assert np.abs(first).max() <= 1.0 + 1e-5
    np.testing.assert_array_equal(first, _changed(_only(name)))
    assert not np.array_equal(first, _changed(_only(name, seed=7)))


def test_a_shift_goes_as_far_as_it_may_and_a_zoom_keeps_the_middle() -> None:
    spot = np.full((64, 21, 41, 3), -1.0, np.float32)
    spot[:, 10, 20] = 1.0
    shifted = _changed(_only("augment_shift"), spot)[..., 0] + 1.0
    rows, columns = shifted.sum(axis=2), shifted.sum(axis=1)
    down = (rows * np.arange(21)).sum(axis=1) / rows.sum(axis=1) - 10
    right = (columns * np.arange(41)).sum(axis=1) / columns.sum(axis=1) - 20
    assert 3.0 < np.abs(down).max() <= 0.2 * 21 + 0.01
    assert 7.0 < np.abs(right).max() <= 0.2 * 41 + 0.01
    assert (_changed(_only("augment_zoom"), spot)[:, 10, 20] > 0.9).all()


def test_layers_of_every_family_draw_by_seeds_of_their_own() -> None:
    everything: dict[str, Any] = {}
    for settings in _SETTINGS.values():
        everything |= settings
    chosen = augmentations(PretrainedConfig(encoder="any", **everything), 3)
    assert [layer.name for layer in chosen] == list(_SETTINGS)
    seeds = [layer.get_config()["seed"] for layer in chosen]
    assert len(set(seeds)) == len(seeds)
