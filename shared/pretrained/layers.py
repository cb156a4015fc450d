"""The layers of an encoder, in the order in which they learn: none, late, or from the start."""

from __future__ import annotations

import keras

__all__ = ["ENCODER", "encoder_of", "freeze", "layers_with_weights"]

ENCODER = "encoder"
"""Name of the layer that is the encoder."""


def encoder_of(network: keras.Model) -> keras.Model:
    """The encoder in a network, whatever is around it."""
    return next(layer for layer in network._flatten_layers() if layer.name == ENCODER)


def layers_with_weights(encoder: keras.Model) -> list[keras.layers.Layer]:
    """The encoder's layers that hold weights, from its input to its output."""
    return [layer for layer in encoder.layers if layer.weights]


def freeze(encoder: keras.Model, share: float) -> None:
    """Keep the first layers as they were pretrained, batch statistics included.

    Args:
        encoder: Changed in place.
        share: Of its layers that hold weights.
    """
    layers = layers_with_weights(encoder)
    for layer in layers[: round(share * len(layers))]:
        layer.trainable = False
