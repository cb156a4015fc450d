"""The perturbations of a configuration: which changes, how strong, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.perturbations.blurring import defocus, shake
from pipelines.medical_imaging.perturbations.camera import (
    add_sensor_noise,
    compress,
    darken_corners,
    expose,
    flatten,
)
from pipelines.medical_imaging.perturbations.casts import COOL, WARM, balance_white, turn_hue
from pipelines.medical_imaging.perturbations.hairs import draw_hairs
from pipelines.medical_imaging.perturbations.ood import (
    Drawing,
    draw_each,
    film,
    lens_cap,
    natural_noise,
    text_page,
    tiles,
)
from pipelines.medical_imaging.perturbations.pigment import shift_skin_tone
from pipelines.medical_imaging.reading.measurements.colour import Pixels
from pipelines.medical_imaging.reading.pixels import IMAGE
from pipelines.medical_imaging.tabular.perturbation import forget_values
from shared.contract import Perturbation, Rows

__all__ = ["build_perturbations"]

_SEVERITIES = (1, 2, 3, 4, 5)

# Strength at severity 1 to 5. "ImageNet-C" and "CIFAR-10-C": Hendrycks & Dietterich (2019), whose
# scheme Maron et al. (2021, European Journal of Cancer 155) took over for dermatoscopy.
_DISK_RADII = (
    3 / 224,
    4 / 224,
    6 / 224,
    8 / 224,
    10 / 224,
)  # of the shorter side: ImageNet-C, whose images have 224 px
# Of the shorter side. ImageNet-C's lines spread like uniform ones of 0.03 to 0.13; a dermatoscope
# rests on the skin and shakes less.
_LINE_LENGTHS = (0.015, 0.03, 0.045, 0.06, 0.08)
# Photo-electrons at white. In mid-grey these are 4 to 17 grey levels of noise, below those of
# CIFAR-10-C (8 to 25), because a dermatoscope brings its own light.
_ELECTRONS = (1000, 500, 250, 100, 50)
_QUALITIES = (
    80,
    58,
    40,
    25,
    15,
)  # three of CIFAR-10-C, whose images are as small as rows, then two of ImageNet-C
# Degrees. At skin's chroma of about 25 the mildest moves colours by ΔE*ab 2.2, which is just
# noticeable (Mahy et al. 1994), the strongest by 13.
_HUE_DEGREES = (5, 10, 15, 22, 30)
# Stops. Cameras' exposure compensation goes to 2 in steps of a third; of skin one stop too bright,
# hardly anything but white is left.
_STOPS_UNDER = (-1 / 3, -2 / 3, -1, -3 / 2, -2)
_STOPS_OVER = (1 / 6, 1 / 3, 1 / 2, 2 / 3, 1)
_CONTRASTS = (
    0.75,
    0.6,
    0.5,
    0.4,
    0.3,
)  # within CIFAR-10-C's (0.75 to 0.15); with less, an image would be taken again
_CORNERS = (
    0.8,
    0.65,
    0.5,
    0.35,
    0.2,
)  # light left in the corners; 0.2 is a half field of view of 48 degrees
_HAIRS = (2, 5, 10, 18, 30)  # from nearly shaved to a hairy arm
_TONE_DEGREES = 30.0  # two names of Chardon's scale, whose middle ones are 13 to 18 degrees wide

_Change = Callable[[Pixels, float, np.random.Generator], Pixels]


_CORRUPTIONS: Mapping[str, tuple[str, _Change, Sequence[float]]] = {
    "defocus": (
        "Out of focus: each point becomes a disk with a radius of 1.3 to 4.5 % of the shorter"
        " side.",
        defocus,
        _DISK_RADII,
    ),
    "shake": (
        "Moved while taken: each point becomes a line of 1.5 to 8 % of the shorter side.",
        shake,
        _LINE_LENGTHS,
    ),
    "sensor_noise": (
        "Too little light: photon and read-out noise of a sensor whose white is 1000 down to 50"
        " photo-electrons.",
        add_sensor_noise,
        _ELECTRONS,
    ),
    "jpeg": (
        "JPEG compression at quality 80 down to 15, of the image as the model sees it.",
        compress,
        _QUALITIES,
    ),
    "hue": (
        "All hues turned by 5 to 30 degrees at unchanged lightness and chroma.",
        turn_hue,
        _HUE_DEGREES,
    ),
    "under_exposure": ("A third of a stop to two stops too dark.", expose, _STOPS_UNDER),
    "over_exposure": (
        "A sixth of a stop to one stop too bright; what exceeds white is lost.",
        expose,
        _STOPS_OVER,
    ),
    "low_contrast": (
        "Fog on the lens: 75 down to 30 % of the contrast is left.",
        flatten,
        _CONTRASTS,
    ),
    "vignette": (
        "Dark corners, which keep 80 down to 20 % of their light.",
        darken_corners,
        _CORNERS,
    ),
}
"""Name -> what happens, how, and its strength at each severity."""


def build_perturbations(config: MedicalConfig) -> Mapping[str, Perturbation]:
    """Corruptions by severity, changes that should not matter, and foreign images.

    Hairs, skin tones and radiographs are among them only where images show skin, and turning
    images only where the training also holds that it does not matter.
    """
    corruptions = {name: _corruption(*row) for name, row in _CORRUPTIONS.items()}
    perturbations = {**corruptions, **_orientations(config), **_devices(), **_ood()}
    if config.data.images_show_skin:
        perturbations |= _on_skin()
    if config.data.tabular_columns:
        perturbations["tabular_missing"] = Perturbation(
            "corruption",
            "20 to 100 % of the values beside the images are not given.",
            _SEVERITIES,
            forget_values,
        )
    order = ("corruption", "counterfactual", "ood")
    return dict(sorted(perturbations.items(), key=lambda item: order.index(item[1].kind)))


def _orientations(config: MedicalConfig) -> dict[str, Perturbation]:
    perturbations = {}
    if "horizontal" in config.model.flip:
        perturbations["mirrored"] = _counterfactual(
            "Left and right exchanged: a diagnosis has no side.",
            lambda images: images[:, :, ::-1],
        )
    if config.model.rotation_degrees == 180.0:
        perturbations["turned"] = _counterfactual(
            "Upside down: the camera could be held so.", lambda images: images[:, ::-1, ::-1]
        )
    return perturbations


def _devices() -> dict[str, Perturbation]:
    size = (
        "by as much (ΔE*ab 7.8 in skin) as a smartphone dermatoscope that nobody calibrated; the"
        " camera is not the patient."
    )
    return {
        "warm_device": _counterfactual(
            f"The white balance of another device, warmer {size}",
            lambda images: balance_white(images, WARM),
        ),
        "cool_device": _counterfactual(
            f"The white balance of another device, cooler {size}",
            lambda images: balance_white(images, COOL),
        ),
    }


def _on_skin() -> dict[str, Perturbation]:
    kept = (
        "for skin and lesion by one factor, so that contrast and shape of the lesion, which decide,"
        " stay."
    )
    return {
        "hairs": _corruption("2 to 30 dark hairs across the image.", draw_hairs, _HAIRS),
        "darker_skin": _counterfactual(
            f"More melanin, by 30 degrees of the typology angle, {kept}",
            lambda images: shift_skin_tone(images, -_TONE_DEGREES),
        ),
        "lighter_skin": _counterfactual(
            f"Less melanin, by up to 30 degrees of the typology angle, {kept}",
            lambda images: shift_skin_tone(images, _TONE_DEGREES),
        ),
        "ood_film": _ood_image(
            "Synthetic: shades of grey arranged as in a chest radiograph.", film
        ),
    }


def _ood() -> dict[str, Perturbation]:
    return {
        "ood_noise": _ood_image(
            "Synthetic: coloured noise with the spectrum of photographs of nature.", natural_noise
        ),
        "ood_text": _ood_image("Synthetic: a page of text.", text_page),
        "ood_tiles": _ood_image("Synthetic: a checkerboard of two colours.", tiles),
        "ood_lens_cap": _ood_image("Synthetic: the lens cap was on.", lens_cap),
    }


def _corruption(describe: str, change: _Change, strengths: Sequence[float]) -> Perturbation:
    def apply(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
        return {**rows, IMAGE: change(rows[IMAGE], strengths[severity - 1], generator)}

    return Perturbation("corruption", describe, _SEVERITIES, apply)


def _counterfactual(describe: str, change: Callable[[Pixels], Pixels]) -> Perturbation:
    def apply(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
        del severity, generator  # one strength, nothing random
        return {**rows, IMAGE: np.ascontiguousarray(change(rows[IMAGE]))}

    return Perturbation("counterfactual", describe, (1,), apply)


def _ood_image(describe: str, drawing: Drawing) -> Perturbation:
    def apply(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
        del severity  # one strength
        return {**rows, IMAGE: draw_each(rows[IMAGE], drawing, generator)}

    return Perturbation("ood", describe, (1,), apply)
