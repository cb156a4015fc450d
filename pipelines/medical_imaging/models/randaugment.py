"""RandAugment (Cubuk et al. 2020): each image is changed by a few operations, drawn anew each time.

`keras.layers.RandAugment` (3.15) draws one operation for all images of a batch, equalises them by
one common histogram, turns them by up to a whole turn, keeps *fewer* bits the weaker it is, and
computes every operation on every image.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

__all__ = ["OPERATIONS", "RandAugment"]

OPERATIONS = (
    "identity",
    "autocontrast",
    "rotate",
    "solarize",
    "color",
    "posterize",
    "contrast",
    "brightness",
    "sharpness",
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
)
"""Those of the paper's section 4.1, but for equalize, whose histograms no GPU counts
reproducibly."""

# At magnitude 1 (Cubuk et al. 2019, "AutoAugment", table 6).
_TURN_RADIANS = math.radians(30.0)
_SHEAR = 0.3
_SHIFT = 150.0 / 331.0  # of the image's side
_BLEND = 0.9
_LOST_BITS = 4

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow's grey


@keras.saving.register_keras_serializable(package="plumbline")
class RandAugment(keras.layers.Layer):
    """Changes each image by operations of its own, while training.

    Args:
        num_operations: One after the other; each is any of `OPERATIONS`.
        magnitude: In [0, 1]: how far each goes, either way where it has two.
        seed: Of the layer's own random stream.
    """

    def __init__(self, *, num_operations: int, magnitude: float, seed: int, **options: Any) -> None:
        # Positions of pixels need all digits, whatever the training computes in.
        super().__init__(**{"dtype": "float32", **options})
        self.num_operations = num_operations
        self.magnitude = magnitude
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def build(self, images_shape: Any) -> None:
        """There are no weights to make."""
        super().build(images_shape)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """(batch, height, width, 3) in [-1, 1] -> the same, changed while training."""
        if training:
            for _ in range(self.num_operations):
                images = self._change(images)
        return images

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shapes are kept."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        own = {"num_operations": self.num_operations, "magnitude": self.magnitude}
        return {**super().get_config(), **own, "seed": self.seed}

    def _change(self, images: Any) -> Any:
        batch = ops.shape(images)[0]
        drawn = keras.random.randint((batch,), 0, len(OPERATIONS), seed=self.generator)
        heads = keras.random.uniform((batch,), seed=self.generator) < 0.5
        amount = self.magnitude * ops.where(heads, 1.0, -1.0)  # (batch,)
        moved = _move(images, drawn, amount)
        return _recolour(moved, drawn, amount, self.magnitude)


def _move(images: Any, drawn: Any, amount: Any) -> Any:
    """Images whose operation moves pixels, moved about their middle; others as they are."""
    _, height, width, _ = images.shape

    def amount_of(operation: str) -> Any:
        return ops.where(drawn == OPERATIONS.index(operation), amount, 0.0)

    angle = _TURN_RADIANS * amount_of("rotate")
    # Each pixel (x, y) of the result is read at (along x + aslant_x y + …, aslant_y x + along y …).
    along = ops.cos(angle)
    aslant_x = _SHEAR * amount_of("shear_x") - ops.sin(angle)
    aslant_y = _SHEAR * amount_of("shear_y") + ops.sin(angle)
    middle_x = (width - 1) / 2.0
    middle_y = (height - 1) / 2.0
    shift_x = _SHIFT * width * amount_of("translate_x")
    shift_y = _SHIFT * height * amount_of("translate_y")
    from_x = shift_x + middle_x - along * middle_x - aslant_x * middle_y
    from_y = shift_y + middle_y - aslant_y * middle_x - along * middle_y
    nothing = ops.zeros_like(along)  # of a perspective
    rows = [along, aslant_x, from_x, aslant_y, along, from_y, nothing, nothing]
    transform = ops.stack(rows, axis=1)  # (batch, 8)
    return ops.image.affine_transform(images, transform, fill_mode="reflect")


def _recolour(images: Any, drawn: Any, amount: Any, magnitude: float) -> Any:
    """Images whose operation changes colours, changed; others as they are."""
    own = ops.reshape(1.0 + _BLEND * amount, (-1, 1, 1, 1))  # 1 is the image itself

    def blended(other: Any) -> Any:
        return other + own * (images - other)

    grey = ops.sum(images * ops.convert_to_tensor(_LUMA, images.dtype), axis=-1, keepdims=True)
    changed = {
        "autocontrast": _stretched(images),
        "solarize": ops.where(images > 1.0 - 2.0 * magnitude, -images, images),
        "posterize": _with_fewer_bits(images, 8 - round(_LOST_BITS * magnitude)),
    }
    changed |= {
        "color": blended(grey),
        "contrast": blended(ops.mean(grey, axis=(1, 2), keepdims=True)),
        "brightness": blended(-1.0),
        "sharpness": blended(_smoothed(images)),
    }
    result = images
    for operation, altered in changed.items():
        is_drawn = ops.reshape(drawn == OPERATIONS.index(operation), (-1, 1, 1, 1))
        result = ops.where(is_drawn, altered, result)
    return ops.clip(result, -1.0, 1.0)


def _stretched(images: Any) -> Any:
    """Each channel over the whole range; a channel of one value stays."""
    low = ops.min(images, axis=(1, 2), keepdims=True)
    high = ops.max(images, axis=(1, 2), keepdims=True)
    stretched = 2.0 * (images - low) / ops.maximum(high - low, 1e-6) - 1.0
    return ops.where(high > low, stretched, images)


def _with_fewer_bits(images: Any, num_bits: int) -> Any:
    levels = 2.0**num_bits
    # White belongs to the highest level.
    level = ops.minimum(ops.floor((images + 1.0) / 2.0 * levels), levels - 1.0)
    return level / levels * 2.0 - 1.0


def _smoothed(images: Any) -> Any:
    """By Pillow's filter: 5 for the pixel, 1 for each of its eight neighbours."""
    framed = ops.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    return (9.0 * ops.average_pool(framed, 3, 1) + 4.0 * images) / 13.0
