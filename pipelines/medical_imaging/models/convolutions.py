"""Convolutions, each with its batch normalisation."""

from __future__ import annotations

from typing import Any

from keras import layers

__all__ = ["convolve", "convolve_depthwise"]


def convolve(
    features: Any,
    channels: int,
    *,
    stride: int,
    name: str,
    kernel: int = 3,
    shifted: bool = True,
) -> Any:
    """A dense convolution: (batch, height, width, any) -> (batch, height / stride, …, channels).

    Args:
        features: What is convolved.
        channels: Of the result.
        stride: Of the convolution.
        name: Of the layer.
        kernel: Side of the convolution.
        shifted: Whether a constant is learnt for each channel. Where only normalised 1×1
            convolutions follow, they take it out again, so that rounding alone would move it.
    """
    features = layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(features)
    return _normalise(features, name, shifted=shifted)


def convolve_depthwise(features: Any, *, stride: int, name: str, kernel: int) -> Any:
    """A convolution of each channel by itself."""
    features = layers.DepthwiseConv2D(
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        depthwise_initializer="he_normal",
        name=name,
    )(features)
    return _normalise(features, name)


def _normalise(features: Any, name: str, *, shifted: bool = True) -> Any:
    # Synchronised: two replicas with half a batch each take the same step as one with the whole
    # batch. A run has only a few hundred steps, too few for the default momentum of 0.99.
    normalise = layers.BatchNormalization(
        momentum=0.9, center=shifted, synchronized=True, name=f"{name}_norm"
    )
    return normalise(features)
