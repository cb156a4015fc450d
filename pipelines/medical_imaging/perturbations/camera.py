"""What a camera does to an image: exposure, noise, veiling glare, dark corners, compression."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from pipelines.medical_imaging.reading.measurements.colour import (
    Pixels,
    from_linear,
    to_linear,
    to_pixels,
)

__all__ = ["add_sensor_noise", "compress", "darken_corners", "expose", "flatten"]

_CODES = np.arange(256, dtype=np.uint8)
_READ_NOISE = 2.0  # photo-electrons; of current CMOS sensors (EMVA 1288 data sheets: 1 to 3)


def expose(images: Pixels, stops: float, generator: np.random.Generator) -> Pixels:
    """Give 2^stops times the light; what becomes brighter than white is lost.

    Args:
        images: (..., 3).
        stops: Exposure value; negative is darker.
        generator: Not needed.
    """
    del generator
    return np.asarray(from_linear(to_linear(_CODES) * 2.0**stops)[images])


def add_sensor_noise(images: Pixels, electrons: float, generator: np.random.Generator) -> Pixels:
    """Add photon noise and read-out noise in linear light.

    They are a normal distribution whose variance grows with the signal.

    The model is that of Foi et al. (2008), IEEE Trans. Image Processing 17(10), eq. 3: variance a·y
    + b, here with a = 1 / electrons and b = (read noise / electrons)².

    Args:
        images: (n, height, width, 3).
        electrons: Photo-electrons that make a pixel of the row white; fewer are noisier.
        generator: Draws the noise.
    """
    light = to_linear(images)
    spread = np.sqrt(light / electrons + (_READ_NOISE / electrons) ** 2)
    return from_linear(light + spread * generator.standard_normal(light.shape))


def flatten(images: Pixels, share: float, generator: np.random.Generator) -> Pixels:
    """Keep a share of the contrast around each image's mean colour, as fog on the lens does.

    As in ImageNet-C.

    Args:
        images: (n, height, width, 3).
        share: In (0, 1]: what remains of the differences.
        generator: Not needed.
    """
    del generator
    means = images.mean(axis=(1, 2), keepdims=True)
    return to_pixels(means + share * (images - means))


def darken_corners(images: Pixels, share: float, generator: np.random.Generator) -> Pixels:
    """Let light fall off from the centre by the cosine-fourth law.

    Goldman (2010), IEEE Trans. PAMI 32(12), section 2.

    Args:
        images: (n, height, width, 3).
        share: Of its light that a corner keeps, in (0, 1].
        generator: Not needed.
    """
    del generator
    height, width = images.shape[1:3]
    down, right = (np.arange(length) + 0.5 - length / 2.0 for length in (height, width))
    squared = (down[:, None] ** 2 + right[None, :] ** 2) / (
        (height / 2.0) ** 2 + (width / 2.0) ** 2
    )
    # cos⁴ of an angle whose squared tangent is x equals (1 + x)⁻².
    gain = (1.0 + (share**-0.5 - 1.0) * squared) ** -2.0
    return from_linear(to_linear(images) * gain[..., None])


def compress(images: Pixels, quality: float, generator: np.random.Generator) -> Pixels:
    """Write and read again as JPEG.

    Args:
        images: (n, height, width, 3).
        quality: Of the Independent JPEG Group's scale, 1 to 95.
        generator: Not needed.
    """
    del generator
    return np.stack([_compress_one(image, int(quality)) for image in images])


def _compress_one(image: Pixels, quality: int) -> Pixels:
    stream = BytesIO()
    Image.fromarray(image).save(stream, format="JPEG", quality=quality)
    return np.asarray(Image.open(stream).convert("RGB"))
