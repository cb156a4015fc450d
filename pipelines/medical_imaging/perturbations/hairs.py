"""Hairs across the lesion: the best known nuisance of dermatoscopy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipelines.medical_imaging.reading.measurements.colour import Pixels, to_pixels

__all__ = ["draw_hairs"]

# Terminal hairs of the body are 0.05 to 0.1 mm thick; a dermatoscope shows about 10 mm along the
# shorter side.
_THICKNESSES = (0.005, 0.010)
_LENGTHS = (0.4, 1.2)  # shares of the shorter side
_LARGEST_BEND = 0.15  # of the length, sideways in the middle
_COLOURS = np.array([[62.0, 44.0, 34.0], [28.0, 22.0, 20.0]])  # brown to black, sRGB codes
_OPACITY = 0.9
_SUBPIXELS = 4  # per pixel and direction, against stairs
_POINTS = np.linspace(0.0, 1.0, 9)[:, None]  # along a hair


def draw_hairs(images: Pixels, number: float, generator: np.random.Generator) -> Pixels:
    """Draw dark bent hairs across each image.

    Args:
        images: (n, height, width, 3).
        number: Hairs in each image.
        generator: Draws where they lie, how thick and how dark they are.
    """
    return np.stack([_draw_on_one(image, int(number), generator) for image in images])


def _draw_on_one(image: Pixels, number: int, generator: np.random.Generator) -> Pixels:
    covered = _OPACITY * _coverage(image.shape[0], image.shape[1], number, generator)[..., None]
    brown, black = _COLOURS
    colour = black + generator.uniform() * (
        brown - black
    )  # the hairs of one person resemble each other
    return to_pixels((1.0 - covered) * image + covered * colour)


def _coverage(
    height: int, width: int, number: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """(height, width) in [0, 1]: the share of each pixel that lies below a hair."""
    shorter = _SUBPIXELS * min(height, width)
    canvas = Image.new("L", (_SUBPIXELS * width, _SUBPIXELS * height))
    draw = ImageDraw.Draw(canvas)
    for _ in range(number):
        path = _path(generator) * shorter + generator.uniform(size=2) * canvas.size
        thickness = max(1, round(generator.uniform(*_THICKNESSES) * shorter))
        draw.line([(float(x), float(y)) for x, y in path], fill=255, width=thickness, joint="curve")
    return np.asarray(canvas.reduce(_SUBPIXELS), dtype=np.float64) / 255.0


def _path(generator: np.random.Generator) -> NDArray[np.float64]:
    """(points, 2): a quadratic Bézier curve around the origin, in shares of the shorter side."""
    heading = generator.uniform(0.0, 2.0 * np.pi)
    length = generator.uniform(*_LENGTHS)
    along = np.array([np.cos(heading), np.sin(heading)]) * length
    # The curve's middle lies half as far off as its control point.
    bend = 2.0 * generator.uniform(-_LARGEST_BEND, _LARGEST_BEND) * np.array([-along[1], along[0]])
    return np.asarray((_POINTS - 0.5) * along + 2.0 * _POINTS * (1.0 - _POINTS) * bend)
