"""The lesion: its outline, and the structure inside it that decides its class.

All coordinates are in units of half the shorter side of the image, with the origin at its centre.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["STRUCTURES", "Outline", "Structure", "draw_outline"]

Field = NDArray[np.float64]


@dataclass(frozen=True)
class Outline:
    """Where a lesion lies.

    Attributes:
        down: (height, width): offset of each pixel from the lesion's centre, downwards.
        right: (height, width): likewise to the right.
        angle: (height, width): direction from the centre, radians.
        depth: (height, width): distance from the centre over that of the border in the same
            direction; 1 on the border.
        radius: Mean distance of the border.
    """

    down: Field
    right: Field
    angle: Field
    depth: Field
    radius: float

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(height, width): the lesion mask."""
        return self.depth < 1.0


@dataclass(frozen=True)
class Structure:
    """What decides the class.

    Attributes:
        pattern: (height, width), about zero mean within the lesion, in [-1, 1]: negative darkens,
            positive brightens.
        ground_truth: (height, width) bool: the pixels that carry it.
    """

    pattern: Field
    ground_truth: NDArray[np.bool_]


def draw_outline(height_px: int, width_px: int, generator: np.random.Generator) -> Outline:
    """Draw an asymmetric, more or less irregular outline, in the same way for every class."""
    half = min(height_px, width_px) / 2.0
    rows, columns = np.indices((height_px, width_px), dtype=np.float64)
    centre = generator.uniform(-0.22, 0.22, size=2)
    down = (rows + 0.5 - height_px / 2.0) / half - centre[0]
    right = (columns + 0.5 - width_px / 2.0) / half - centre[1]
    angle = np.arctan2(down, right)
    radius = float(generator.uniform(0.48, 0.68))
    waves = np.arange(2, 8)
    irregularity = generator.uniform(0.02, 0.2)  # of the border's waves, relative to the radius
    amplitudes = irregularity * generator.normal(size=waves.size) / np.sqrt(waves)
    phases = generator.uniform(0.0, 2.0 * np.pi, size=waves.size)
    border = 1.0 + (amplitudes * np.cos(waves * angle[..., None] + phases)).sum(axis=-1)
    depth = np.hypot(down, right) / (radius * np.clip(border, 0.5, 1.5))
    return Outline(down, right, angle, depth, radius)


def _network(outline: Outline, generator: np.random.Generator) -> Structure:
    """A regular net of dark lines all over the lesion."""
    turn = generator.uniform(0.0, np.pi)
    period = generator.uniform(0.2, 0.26)
    along = np.cos(turn) * outline.right + np.sin(turn) * outline.down
    across = np.cos(turn) * outline.down - np.sin(turn) * outline.right
    shift = generator.uniform(0.0, 2.0 * np.pi, size=2)
    waves = np.cos(2.0 * np.pi * along / period + shift[0]) + np.cos(
        2.0 * np.pi * across / period + shift[1]
    )
    return Structure(waves / 2.0, outline.inside)


def _streaks(outline: Outline, generator: np.random.Generator) -> Structure:
    """Radial dark streaks in the outer ring of the lesion."""
    ring = (outline.depth > 0.6) & outline.inside
    number = int(generator.integers(13, 19))
    rays = np.cos(number * outline.angle + generator.uniform(0.0, 2.0 * np.pi))
    return Structure(np.where(ring, rays, 0.0), ring)


def _dots(outline: Outline, generator: np.random.Generator) -> Structure:
    """A cluster of bright round dots, each with a darker rim."""
    heading = generator.uniform(0.0, 2.0 * np.pi)
    reach = generator.uniform(0.1, 0.5)
    focus = outline.radius * reach * np.array([np.sin(heading), np.cos(heading)])
    pattern = np.zeros_like(outline.depth)
    ground_truth = np.zeros(outline.depth.shape, dtype=bool)
    number = int(generator.integers(5, 9))
    places = focus + generator.normal(scale=0.32 * outline.radius, size=(number, 2))
    for down, right in places:
        squared = ((outline.down - down) ** 2 + (outline.right - right) ** 2) / 0.06**2
        pattern += np.exp(-squared / 2.0) * (1.0 - squared / 4.0)  # zero mean in the plane
        ground_truth |= squared < 2.0**2
    return Structure(np.clip(pattern, -1.0, 1.0), ground_truth & outline.inside)


def _blotches(outline: Outline, generator: np.random.Generator) -> Structure:
    """Two off-centre blotches, one darker and one paler, on opposite sides.

    An asymmetry of pigment.
    """
    heading = generator.uniform(0.0, 2.0 * np.pi)
    pattern = np.zeros_like(outline.depth)
    ground_truth = np.zeros(outline.depth.shape, dtype=bool)
    for sign, direction in ((-1.0, heading), (1.0, heading + np.pi + generator.uniform(-0.5, 0.5))):
        down = outline.radius * 0.5 * np.sin(direction)
        right = outline.radius * 0.5 * np.cos(direction)
        distance = (outline.down - down) ** 2 + (outline.right - right) ** 2
        squared = distance / (0.28 * outline.radius) ** 2
        pattern += sign * np.exp(-(squared**2) / 2.0)  # flat top, steep edge
        ground_truth |= squared < 1.5
    return Structure(pattern, ground_truth & outline.inside)


STRUCTURES: Mapping[str, Callable[[Outline, np.random.Generator], Structure]] = {
    "keratosis-like": _dots,
    "melanoma-like": _blotches,
    "nevus-like": _network,
    "Spitz-like": _streaks,
}
"""Class name -> the structure that makes a lesion belong to it."""
