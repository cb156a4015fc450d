"""Images of another world, made by formulas.

Nothing that a model for one kind of image should answer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipelines.medical_imaging.reading.measurements.colour import Pixels, to_pixels

__all__ = ["draw_each", "film", "lens_cap", "natural_noise", "text_page", "tiles"]

Drawing = Callable[[int, int, np.random.Generator], Pixels]
"""(height, width, generator) -> one image (height, width, 3)."""

_LETTERS = np.array(list("aaabcdeeeefghiiklmnnooprrssttuvwxyz"))


def draw_each(images: Pixels, drawing: Drawing, generator: np.random.Generator) -> Pixels:
    """A drawing in place of each image."""
    height, width = images.shape[1:3]
    return np.stack([drawing(height, width, generator) for _ in images])


def natural_noise(height: int, width: int, generator: np.random.Generator) -> Pixels:
    """Coloured noise whose amplitude falls with frequency as in photographs of nature.

    That is like 1/f (Field 1987, J. Opt. Soc. Am. A 4).
    """
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = np.inf  # no mean
    noise = (
        np.fft.rfft2(generator.standard_normal((height, width, 3)), axes=(0, 1))
        / frequency[..., None]
    )
    field = np.fft.irfft2(noise, s=(height, width), axes=(0, 1))
    return to_pixels(128.0 + 50.0 * field / field.std())


def text_page(height: int, width: int, generator: np.random.Generator) -> Pixels:
    """A white page of dark lines of random words."""
    page = Image.new("L", (width, height), 245)
    draw = ImageDraw.Draw(page)
    size = max(6, height // 10)
    font = ImageFont.load_default(size)
    for top in range(size // 2, height - size, round(1.4 * size)):
        lengths = generator.integers(2, 9, size=max(1, width // (3 * size)))
        words = ["".join(generator.choice(_LETTERS, size=length)) for length in lengths]
        draw.text((size // 2, top), " ".join(words), fill=30, font=font)
    return _as_colour(np.asarray(page, dtype=np.float64))


def tiles(height: int, width: int, generator: np.random.Generator) -> Pixels:
    """A checkerboard of two colours, of any size of tile and turned by any angle."""
    down, right = np.mgrid[:height, :width]
    turn = generator.uniform(0.0, np.pi)
    side = min(height, width) * generator.uniform(0.06, 0.25)
    along = np.floor((right * np.cos(turn) + down * np.sin(turn)) / side)
    across = np.floor((down * np.cos(turn) - right * np.sin(turn)) / side)
    colours = generator.integers(0, 256, size=(2, 3)).astype(np.uint8)
    return np.asarray(colours[((along + across) % 2).astype(np.int64)])


def film(height: int, width: int, generator: np.random.Generator) -> Pixels:
    """Shades of grey arranged as in a chest radiograph.

    Bright middle and shoulders, two dark fields crossed by pale arcs.
    """
    down, right = np.mgrid[-1.0 : 1.0 : height * 1j, -1.0 : 1.0 : width * 1j]
    shift = generator.normal(scale=0.05, size=2)
    breadth = generator.uniform(0.26, 0.34)
    shade = 200.0 - 40.0 * np.abs(right)
    for side in (-1.0, 1.0):
        depth = np.hypot((right - shift[0] - side * 0.45) / breadth, (down - shift[1]) / 0.68)
        shade = shade - 130.0 / (1.0 + np.exp((depth - 1.0) / 0.08))
    arcs = np.cos(2.0 * np.pi * (down + 0.5 * right**2) / generator.uniform(0.22, 0.30)) > 0.6
    shade = shade + 25.0 * arcs * (np.abs(right) > 0.12) * (np.abs(right) < 0.8)
    return _as_colour(shade + generator.normal(scale=4.0, size=shade.shape))


def lens_cap(height: int, width: int, generator: np.random.Generator) -> Pixels:
    """A closed lens: nearly black, with a little noise."""
    return to_pixels(
        generator.uniform(2.0, 10.0) + generator.normal(scale=2.0, size=(height, width, 3))
    )


def _as_colour(shade: NDArray[np.float64]) -> Pixels:
    """(height, width) -> (height, width, 3) with equal channels."""
    return np.repeat(to_pixels(shade)[..., None], 3, axis=-1)
