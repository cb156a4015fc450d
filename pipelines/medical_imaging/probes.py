"""What may happen to a picture before it reaches the model, and what should not matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.field_names import IMAGE
from pipelines.medical_imaging.skin_tone import from_lab, to_lab
from shared.contract import Probe, Rows

__all__ = ["build_probes"]

Pictures = NDArray[np.uint8]

_SEVERITIES = (1, 2, 3)
# Strength at severity 1, 2, 3.
_BLUR_SHARES = (0.010, 0.018, 0.030)  # standard deviation over the shorter side
_NOISE_SDS = (6.0, 12.0, 24.0)  # grey levels
_JPEG_QUALITIES = (40, 20, 8)
_BRIGHTNESS_GAINS = (0.85, 0.70, 0.55)
# A halogen lamp in place of a daylight one, roughly: red up, blue down.
_WARM_GAINS = np.array([1.08, 1.0, 0.90])
_DARKER_LIGHTNESS = 12.0  # L* units; one to two steps on the scale of `skin_tone.skin_tone_name`


def build_probes(cfg: MedicalConfig) -> Mapping[str, Probe]:
    """Corruptions by severity and counterfactual swaps of decoded pictures; the same for every configuration."""
    del cfg
    return {
        "blur": _corruption("Out of focus: Gaussian blur.", _blur),
        "noise": _corruption("Dim light: Gaussian noise.", _noise),
        "jpeg": _corruption("Strong JPEG compression.", _jpeg),
        "darkness": _corruption("Under-exposed: all values scaled down.", _darken),
        "warm_light": _counterfactual("A warmer lamp: red raised and blue lowered in the whole picture.", _warm),
        "darker_tone": _counterfactual("The whole picture, skin and lesion, 12 L* units darker at unchanged chroma.", _darker_tone),
        "mirrored": _counterfactual("Left and right exchanged.", _mirror),
    }


def _corruption(describe: str, change: Callable[[Pictures, int, np.random.Generator], Pictures]) -> Probe:
    return Probe("corruption", describe, _SEVERITIES, lambda rows, severity, generator: _changed(rows, change, severity, generator))


def _counterfactual(describe: str, change: Callable[[Pictures], Pictures]) -> Probe:
    return Probe("counterfactual", describe, (1,), lambda rows, _severity, _generator: {**rows, IMAGE: change(rows[IMAGE])})


def _changed(
    rows: Rows, change: Callable[[Pictures, int, np.random.Generator], Pictures], severity: int, generator: np.random.Generator
) -> Rows:
    return {**rows, IMAGE: change(rows[IMAGE], severity - 1, generator)}


def _to_pixels(values: NDArray[np.floating[Any]]) -> Pictures:
    pixels: Pictures = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return pixels


def _blur(pictures: Pictures, level: int, generator: np.random.Generator) -> Pictures:
    del generator
    spread = _BLUR_SHARES[level] * min(pictures.shape[1:3])
    return _to_pixels(np.asarray(ndimage.gaussian_filter(pictures.astype(np.float64), (0, spread, spread, 0), mode="nearest")))


def _noise(pictures: Pictures, level: int, generator: np.random.Generator) -> Pictures:
    return _to_pixels(pictures + generator.normal(scale=_NOISE_SDS[level], size=pictures.shape))


def _jpeg(pictures: Pictures, level: int, generator: np.random.Generator) -> Pictures:
    del generator
    return np.stack([_compressed(picture, _JPEG_QUALITIES[level]) for picture in pictures])


def _compressed(picture: Pictures, quality: int) -> Pictures:
    stream = BytesIO()
    Image.fromarray(picture).save(stream, format="JPEG", quality=quality)
    return np.asarray(Image.open(stream).convert("RGB"))


def _darken(pictures: Pictures, level: int, generator: np.random.Generator) -> Pictures:
    del generator
    return _to_pixels(pictures * _BRIGHTNESS_GAINS[level])


def _warm(pictures: Pictures) -> Pictures:
    return _to_pixels(pictures * _WARM_GAINS)


def _darker_tone(pictures: Pictures) -> Pictures:
    lab = to_lab(pictures)
    lab[..., 0] = np.maximum(lab[..., 0] - _DARKER_LIGHTNESS, 0.0)
    return from_lab(lab)


def _mirror(pictures: Pictures) -> Pictures:
    return np.ascontiguousarray(pictures[:, :, ::-1])
