"""An image seen from several sides at inference, and what a network makes of them, averaged.

The views of a batch are seen as one larger batch. While training there is one view: augmentation
chooses it. Behind the mean of the features a dense layer gives the mean of the logits, whose
softmax is the geometric mean of the views' probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

__all__ = ["MeanOverViews", "SeveralViews", "View", "num_views"]

View = tuple[int, bool]
"""Quarter turns, after a mirroring of left and right or without."""


@keras.saving.register_keras_serializable(package="plumbline")
class SeveralViews(keras.layers.Layer):
    """Images (batch, height, width, channels) -> (batch · views, …), those of one image together.

    Args:
        views: At least one; an odd number of quarter turns is for square images.
    """

    def __init__(self, views: Sequence[View], **options: Any) -> None:
        super().__init__(**options)
        self.views = tuple((int(turns), bool(mirrored)) for turns, mirrored in views)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """All views; while training the images as they are."""
        if training:
            return images
        stacked = ops.stack([_seen(images, view) for view in self.views], axis=1)
        return ops.reshape(stacked, (-1, *images.shape[1:]))

    def compute_output_spec(self, images: Any, training: bool | None = None) -> keras.KerasTensor:
        """As many as there may be."""
        del training
        return keras.KerasTensor((None, *images.shape[1:]), dtype=images.dtype)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "views": self.views}


@keras.saving.register_keras_serializable(package="plumbline")
class MeanOverViews(keras.layers.Layer):
    """Features (batch · views, features) -> their means, (batch, features).

    Args:
        num_views: Of `SeveralViews`.
    """

    def __init__(self, num_views: int, **options: Any) -> None:
        super().__init__(**options)
        self.num_views = num_views

    def call(self, features: Any, training: bool | None = None) -> Any:
        """The means; while training the features as they are."""
        if training:
            return features
        apart = ops.reshape(features, (-1, self.num_views, features.shape[-1]))
        return ops.mean(apart, axis=1)

    def compute_output_spec(self, features: Any, training: bool | None = None) -> keras.KerasTensor:
        """As many as there are images."""
        del training
        return keras.KerasTensor((None, features.shape[-1]), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "num_views": self.num_views}


def num_views(network: keras.Model) -> int:
    """How often a network sees at inference what it sees once while training."""
    found = [layer.num_views for layer in network.layers if isinstance(layer, MeanOverViews)]
    return found[0] if found else 1


def _seen(images: Any, view: View) -> Any:
    turns, mirrored = view
    if mirrored:
        images = ops.flip(images, axis=2)
    # Keras' rot90 mixes up the pixels of images that are not square (3.15, half a turn).
    if turns % 2:
        images = ops.flip(ops.transpose(images, (0, 2, 1, 3)), axis=1)
    return ops.flip(images, axis=(1, 2)) if turns >= 2 else images
