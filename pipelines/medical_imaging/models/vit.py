"""A transformer over patches (Dosovitskiy et al. 2021).

As in "Better plain ViT baselines for ImageNet-1k" (Beyer et al. 2022): fixed places, the mean over
patches instead of a class token. By default patches go through convolutions first, without which a
thousand images teach it nothing (Xiao et al. 2021, "Early convolutions help transformers see
better").
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.models.convolutions import convolve
from pipelines.medical_imaging.models.families import VitConfig
from pipelines.medical_imaging.models.frame import classify
from shared.networks.positions import Positions
from shared.networks.transformer import encoder_block
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: MedicalConfig, target: Target) -> keras.Model:
    """`image` (batch, height, width, 3) uint8 -> logits (batch, classes) float32."""
    settings = cast("VitConfig", config.model)  # of this file's family
    patch_px = settings.patch_side_px(config.data.shorter_px)
    seed = config.train.seed + 5
    return classify(
        config, target, lambda pixels: _see(pixels, settings, patch_px=patch_px, seed=seed)
    )


def _see(pixels: Any, settings: VitConfig, *, patch_px: int, seed: int) -> Any:
    """Pixels -> features (batch, embedding_size)."""
    cut = _convolved if settings.stem == "convolutions" else _cut
    patches = cut(pixels, settings.embedding_size, patch_px)  # (batch, rows, columns, width)
    _, rows, columns, width = patches.shape
    tokens = layers.Reshape((rows * columns, width), name="tokens")(patches)
    tokens = Positions((rows, columns), name="positions")(tokens)
    for block in range(settings.num_blocks):
        tokens = encoder_block(
            tokens,
            num_heads=settings.num_heads,
            dropout=settings.block_dropout,
            seed=seed + 2 * block,
            name=f"block{block}",
        )
    tokens = layers.LayerNormalization(epsilon=1e-6, name="norm")(tokens)
    return layers.GlobalAveragePooling1D(name="pool")(tokens)


def _cut(pixels: Any, width: int, patch_px: int) -> Any:
    """Each patch times one matrix."""
    return layers.Conv2D(width, patch_px, strides=patch_px, padding="same", name="patches")(pixels)


def _convolved(pixels: Any, width: int, patch_px: int) -> Any:
    """Convolutions that halve the image until a place is as large as a patch."""
    num_halvings = patch_px.bit_length() - 1
    features = pixels
    for step in reversed(range(num_halvings)):
        channels = max(width // 2**step, 4)
        features = convolve(features, channels, stride=2, name=f"stem{step}")
        features = layers.ReLU(name=f"stem{step}_relu")(features)
    return layers.Conv2D(width, 1, name="patches")(features)
