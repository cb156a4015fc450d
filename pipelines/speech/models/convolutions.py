"""Convolutions that make images of sound smaller, each with its batch normalisation."""

from __future__ import annotations

from typing import Any

from keras import layers

__all__ = ["activated", "flat_bands", "halved", "normalised", "reduced"]


def reduced(hidden: Any, width: int, *, kernel: int, strides: int | tuple[int, int]) -> Any:
    """Images (batch, frames, bands, any) -> smaller ones of some width, by one convolution."""
    convolve = layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False)
    return activated(convolve(hidden))


def flat_bands(hidden: Any) -> Any:
    """(batch, frames, bands, width) -> (batch, frames, bands × width)."""
    _, frames, bands, width = hidden.shape
    return layers.Reshape((frames, bands * width))(hidden)


def halved(mask: Any) -> Any:
    """What is left of a mask (batch, frames) behind a convolution with stride 2."""
    return layers.MaxPooling1D(2, padding="same")(mask[..., None])[..., 0]


def activated(hidden: Any) -> Any:
    """Normalised, and 0 where negative."""
    return layers.ReLU()(normalised(hidden))


def normalised(hidden: Any) -> Any:
    """Normalised over the batch."""
    # Synchronised: several replicas then learn what one would. A batch shapes training only, never
    # a prediction. Short memory, because small data takes few steps; a batch already averages over
    # all frames and bands.
    return layers.BatchNormalization(momentum=0.9, synchronized=True)(hidden)
