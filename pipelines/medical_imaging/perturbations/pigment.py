"""More or less melanin in the skin of an image.

A skin tone moved on the scale of the individual typology angle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.medical_imaging.reading.measurements.colour import (
    Pixels,
    from_linear,
    linear_to_lab,
    to_linear,
)

__all__ = ["shift_skin_tone", "skin_angles_degrees"]

# Melanin absorbs like wavelength^−3.48 (Jacques 1998, "Melanosome absorption coefficient", OMLC);
# at the wavelengths that dominate the sRGB primaries, relative to green.
_WAVELENGTHS_NM = np.array([611.0, 549.0, 464.0])
_MELANIN = (_WAVELENGTHS_NM / 549.0) ** -3.48
_WHITEST_SKIN = 0.95  # linear light of the brightest channel
# optical density (natural logarithm) in green: from the lightest skin to nearly the darkest
_MOST_MELANIN = 1.5
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # Rec. 709
_HALVINGS = 40  # leave less than 1e-10 of the range


def shift_skin_tone(images: Pixels, degrees: float) -> Pixels:
    """Move the skin's typology angle by adding or taking away melanin.

    The factor is the same everywhere in the image.

    By the law of Beer and Lambert more melanin in the epidermis multiplies the light that comes
    back, from skin and lesion alike. So the lesion's contrast to its skin stays, channel by
    channel, as do shape and texture; what changes is the absolute brightness and colour of skin,
    lesion, hairs and glints. Pixels that would be brighter than white are clipped.

    Args:
        images: (n, height, width, 3).
        degrees: By how much the angle of the skin rises; negative is darker. Skin can become
            lighter only until its brightest channel is nearly white.
    """
    light = to_linear(images)
    skin = _skin_colours(light)
    least = np.minimum(0.0, -(np.log(_WHITEST_SKIN / skin) / _MELANIN).min(axis=1))
    melanin = _melanin_for(skin, _angles_degrees(skin) + degrees, least)
    return from_linear(light * np.exp(-melanin[:, None] * _MELANIN)[:, None, None, :])


def skin_angles_degrees(images: Pixels) -> NDArray[np.float64]:
    """(n,): individual typology angle of the median colour in the brighter half of each image.

    The brighter half, since no mask says what is skin.
    """
    return _angles_degrees(_skin_colours(to_linear(images)))


def _skin_colours(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3): median linear light of the brighter half of the pixels.

    Lesion, hairs and dark corners are in the other half.
    """
    colours = light.reshape(len(light), -1, 3)  # (n, pixels, 3)
    order = np.argsort(colours @ _LUMINANCE, axis=1)
    brighter = np.take_along_axis(colours, order[:, order.shape[1] // 2 :, None], axis=1)
    return np.asarray(
        np.maximum(np.median(brighter, axis=1), 1e-3)
    )  # never quite black, so that a factor can be found


def _angles_degrees(skin: NDArray[np.float64]) -> NDArray[np.float64]:
    """The angle of Chardon et al. (1991), with b* below 0 read as beyond 90 degrees.

    Less melanin then always gives a larger angle.
    """
    lab = linear_to_lab(skin)
    return np.asarray(np.degrees(np.arctan2(lab[..., 0] - 50.0, lab[..., 2])))


def _melanin_for(
    skin: NDArray[np.float64], wanted: NDArray[np.float64], least: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,): the change of melanin that gives the wanted angles, by bisection.

    Within `least` and `_MOST_MELANIN`.
    """
    low = least
    high = np.full(len(skin), _MOST_MELANIN)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        too_light = _angles_degrees(skin * np.exp(-middle[:, None] * _MELANIN)) > wanted
        low = np.where(too_light, middle, low)
        high = np.where(too_light, high, middle)
    return low
