"""Phantom images: skin, lesion, deciding structure, and what hides it.

Hair, glints, vignette and noise have nothing to do with the class.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from data.dermatoscopy_phantoms.lesions import STRUCTURES, Outline, draw_outline
from data.dermatoscopy_phantoms.patients import SKIN_TONES, Patients, draw_patients

__all__ = ["CLASS_NAMES", "GENERATOR_VERSION", "Phantom", "PhantomCollection", "PhantomSettings"]

GENERATOR_VERSION = "1"
"""Changes whenever the same settings would give other images."""

CLASS_NAMES = tuple(sorted(STRUCTURES, key=str.lower))

# Mean sRGB colour (0 to 255) of each skin tone. All are bright enough that a lesion's darkening
# never clips, so that contrast does not depend on tone unless the bias says so.
_SKIN_COLOURS = {
    "light": (224.0, 186.0, 168.0),
    "medium": (196.0, 154.0, 132.0),
    "dark": (168.0, 124.0, 102.0),
}
_PIGMENT = np.array([58.0, 60.0, 50.0])  # what full pigment takes away per channel
_STRUCTURE_COLOUR = np.array([1.0, 0.95, 0.8])
_STRUCTURE_CONTRAST = (18.0, 40.0)  # weakest and strongest structure, in grey levels
_NOISE_SD = 6.0  # grey levels
_FRAME_STREAM, _IMAGE_STREAM = 0, 1

PixelArray = NDArray[np.float64]


@dataclass(frozen=True)
class PhantomSettings:
    """What decides a collection of phantoms; equal settings give equal bytes.

    Attributes:
        num_images: How many, at least 1.
        height_px: Image height, at least 16.
        width_px: Image width, at least 16.
        group_bias: 0: the deciding structure is equally visible on every skin. 1: on dark skin it
            has 30 % of its contrast under twice the noise, on medium skin 85 % of its contrast.
        seed: Seeds everything.
    """

    num_images: int
    height_px: int
    width_px: int
    group_bias: float
    seed: int


@dataclass(frozen=True)
class Phantom:
    """One image with its known answer.

    Attributes:
        pixels: (height, width, 3) uint8 sRGB.
        lesion: (height, width) bool: the lesion mask.
        ground_truth: (height, width) bool: the pixels that carry the structure which decides the
            class.
        skin_colour: (3,) float64: sRGB codes of the person's bare skin in even light, before
            anything disturbs it.
    """

    pixels: NDArray[np.uint8]
    lesion: NDArray[np.bool_]
    ground_truth: NDArray[np.bool_]
    skin_colour: NDArray[np.float64]

    def png(self) -> bytes:
        """The image as a PNG file."""
        stream = BytesIO()
        Image.fromarray(self.pixels).save(stream, format="PNG", compress_level=1)
        return stream.getvalue()


@dataclass(frozen=True)
class PhantomCollection:
    """Phantoms, drawn one at a time when asked for.

    So that a collection of any size needs little memory.

    Example:
        >>> settings = PhantomSettings(
        ...     num_images=3, height_px=32, width_px=32, group_bias=0.5, seed=0
        ... )
        >>> PhantomCollection(settings).draw(0).pixels.shape
        (32, 32, 3)
    """

    settings: PhantomSettings
    patients: Patients = field(init=False)
    classes: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        generator = np.random.default_rng([self.settings.seed, _FRAME_STREAM])
        object.__setattr__(self, "patients", draw_patients(self.settings.num_images, generator))
        # Classes are equally common and independent of the patient: no group differs in its mix of
        # cases.
        classes = generator.permutation(np.arange(self.settings.num_images) % len(CLASS_NAMES))
        object.__setattr__(self, "classes", classes.astype(np.int64))

    def draw(self, index: int) -> Phantom:
        """Draw the image at `index`; depends on the settings and the index only."""
        settings = self.settings
        generator = np.random.default_rng([settings.seed, _IMAGE_STREAM, index])
        name = CLASS_NAMES[self.classes[index]]
        tone = str(self.patients.skin_tones[index])
        outline = draw_outline(settings.height_px, settings.width_px, generator)
        structure = STRUCTURES[name](outline, generator)
        contrast = float(generator.uniform(*_STRUCTURE_CONTRAST))
        contrast *= _visibility(tone, settings.group_bias)
        covered = _coverage(outline)
        shade = _shade(tone, generator)
        image = shade + _relief(outline, generator)[..., None] - _pigment(covered, generator)
        image += (contrast * structure.pattern * covered)[..., None] * _STRUCTURE_COLOUR
        image = _disturb(image, outline, generator)
        noise_sd = _NOISE_SD * (1.0 + settings.group_bias * (tone == SKIN_TONES[-1]))
        image += generator.normal(scale=noise_sd, size=image.shape)
        return Phantom(
            np.clip(np.rint(image), 0, 255).astype(np.uint8),
            outline.inside,
            structure.ground_truth,
            shade,
        )

    def fingerprint(self) -> str:
        """SHA-256 (hex) of what decides every byte: generator version and settings."""
        text = json.dumps({"version": GENERATOR_VERSION, **asdict(self.settings)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _visibility(tone: str, bias: float) -> float:
    """Factor on the deciding structure's contrast."""
    return 1.0 - bias * {"light": 0.0, "medium": 0.15, "dark": 0.7}[tone]


def _coverage(outline: Outline) -> PixelArray:
    """(height, width) in (0, 1): a soft-edged lesion mask."""
    return np.asarray(1.0 / (1.0 + np.exp((outline.depth - 1.0) / 0.05)))


def _smooth_field(shape: tuple[int, ...], generator: np.random.Generator) -> PixelArray:
    """(height, width) with mean 0 and standard deviation about 1.

    It varies over a quarter of the image.
    """
    coarse = generator.normal(size=(6, 6))
    zoom = [length / 6.0 for length in shape]
    return np.asarray(ndimage.zoom(coarse, zoom, order=3, mode="nearest", grid_mode=True))


def _shade(tone: str, generator: np.random.Generator) -> NDArray[np.float64]:
    """(3,): the colour of a person's own skin."""
    return np.asarray(
        np.asarray(_SKIN_COLOURS[tone])
        + generator.normal(scale=6.0)
        + generator.normal(scale=3.0, size=3)
    )


def _relief(outline: Outline, generator: np.random.Generator) -> PixelArray:
    """(height, width): mottling, and light from one side."""
    slope = generator.normal(scale=5.0, size=2)
    return np.asarray(
        slope[0] * outline.down
        + slope[1] * outline.right
        + 2.5 * _smooth_field(outline.depth.shape, generator)
    )


def _pigment(covered: PixelArray, generator: np.random.Generator) -> PixelArray:
    """(height, width, 3): what the lesion's pigment takes away.

    It is uneven in depth and hue, for every class alike.
    """
    strength = generator.uniform(0.55, 1.1)
    hue = 1.0 + generator.normal(scale=0.12, size=3)
    uneven = strength + 0.09 * _smooth_field(covered.shape, generator)
    return np.asarray((covered * uneven)[..., None] * _PIGMENT * hue)


def _disturb(image: PixelArray, outline: Outline, generator: np.random.Generator) -> PixelArray:
    """Add what has nothing to do with the class.

    Glints on the skin around, hairs, and the dark edge of the lens.
    """
    glints = np.zeros_like(outline.depth)
    for down, right in generator.uniform(-1.0, 1.0, size=(int(generator.integers(0, 7)), 2)):
        distance = (outline.down - down) ** 2 + (outline.right - right) ** 2
        glints += np.exp(-distance / (2.0 * 0.06**2))
    image = image + (22.0 * glints * (outline.depth > 1.15))[..., None]
    for _ in range(int(generator.integers(1, 6)) if generator.random() < 0.4 else 0):
        image = image - (70.0 * _hair(outline, generator))[..., None]
    if generator.random() < 0.3:
        from_centre = np.hypot(outline.down, outline.right)
        lens = 1.0 - 0.5 / (1.0 + np.exp((1.18 - from_centre) / 0.06))
        image = image * lens[..., None]
    return np.asarray(image)


def _hair(outline: Outline, generator: np.random.Generator) -> PixelArray:
    """(height, width) in [0, 1]: one thin bent hair across the image."""
    turn = generator.uniform(0.0, np.pi)
    offset = generator.uniform(-0.9, 0.9)
    bend = generator.uniform(-0.3, 0.3)
    along = np.cos(turn) * outline.right + np.sin(turn) * outline.down
    across = np.cos(turn) * outline.down - np.sin(turn) * outline.right
    return np.asarray(np.exp(-(((across - offset - bend * along**2) / 0.025) ** 2)))
