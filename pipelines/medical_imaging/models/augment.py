"""The changes of images while training, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Iterator

import keras
from keras import layers

from pipelines.medical_imaging.models.image_config import ImageModelConfig
from pipelines.medical_imaging.models.randaugment import RandAugment
from shared.networks.mixing import RowMixing

__all__ = ["augmentations"]

_PIXELS = (-1.0, 1.0)


def augmentations(model: ImageModelConfig, seed: int) -> list[keras.layers.Layer]:
    """Layers that act in training only, on values in [-1, 1].

    Args:
        model: What is switched on.
        seed: Each layer draws by one of its own: seed to seed + 3, or beyond seed + 100, where no
            network's dropout draws.
    """
    return [*_moves(model, seed), *_colours(model, seed), *_policies(model, seed)]


def _moves(model: ImageModelConfig, seed: int) -> Iterator[keras.layers.Layer]:
    if model.flip != "none":
        yield layers.RandomFlip(model.flip, seed=seed, name="augment_flip")
    if model.rotation_degrees > 0.0:
        # Keras counts in full turns.
        turns = model.rotation_degrees / 360.0
        yield layers.RandomRotation(
            turns, fill_mode="reflect", seed=seed + 1, name="augment_rotation"
        )
    if model.zoom > 0.0:
        yield layers.RandomZoom(
            model.zoom, fill_mode="reflect", seed=seed + 101, name="augment_zoom"
        )
    if model.shift > 0.0:
        yield layers.RandomTranslation(
            model.shift, model.shift, fill_mode="reflect", seed=seed + 102, name="augment_shift"
        )


def _colours(model: ImageModelConfig, seed: int) -> Iterator[keras.layers.Layer]:
    if model.brightness > 0.0:
        yield layers.RandomBrightness(
            model.brightness, value_range=_PIXELS, seed=seed + 2, name="augment_brightness"
        )
    if model.contrast > 0.0:
        yield layers.RandomContrast(
            model.contrast, value_range=_PIXELS, seed=seed + 3, name="augment_contrast"
        )


def _policies(model: ImageModelConfig, seed: int) -> Iterator[keras.layers.Layer]:
    if model.randaugment_operations > 0:
        yield RandAugment(
            num_operations=model.randaugment_operations,
            magnitude=model.randaugment_magnitude,
            seed=seed + 103,
            name="augment_randaugment",
        )
    # Last: what is mixed has been changed on its own.
    if model.mixup_alpha > 0.0 or model.cutmix_alpha > 0.0:
        yield RowMixing(
            mixup_alpha=model.mixup_alpha,
            cutmix_alpha=model.cutmix_alpha,
            seed=seed + 104,
            name="augment_mixing",
        )
