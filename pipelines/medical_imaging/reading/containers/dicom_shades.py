"""Stored values of a monochrome DICOM image -> shades of grey, as PS3.3 C.11 says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.medical_imaging.reading.containers.dicom_fields import (
    has_value,
    number,
    raw_value,
    text,
    unusable,
)
from pipelines.medical_imaging.reading.containers.dicom_tables import read_table
from pipelines.medical_imaging.reading.pixels import stretch
from shared.config.setting_text import set_option

__all__ = ["StoredBits", "shades"]

_BLACK = 0


@dataclass(frozen=True)
class StoredBits:
    """How a pixel's value lies in its bytes (PS3.5, 8.1.1).

    Attributes:
        allocated: Bits of a pixel.
        stored: Bits of the value.
        high: Position of the value's highest bit; above and below it lie overlays of old files.
        is_signed: Whether the value is a two's complement.
    """

    allocated: int
    stored: int
    high: int
    is_signed: bool

    def values(self, pixels: NDArray[Any]) -> NDArray[np.int64]:
        """The values in pixels of `allocated` bits, without what lies beside them."""
        bits = pixels.astype(np.int64) & (2**self.allocated - 1)
        values = (bits >> (self.high + 1 - self.stored)) & (2**self.stored - 1)
        return self._signed(values, self.stored)

    def is_padding(self, pixels: NDArray[Any], dataset: Any) -> NDArray[np.bool_] | None:
        """Pixels outside the image (PS3.3, C.7.5.1.1.2); None if the header names no such value.

        A value may be written as signed or unsigned, whatever the pixels are.
        """
        tags = ("PixelPaddingValue", "PixelPaddingRangeLimit")
        if not has_value(dataset, tags[0]):
            return None
        limits = [self._wrapped(number(dataset, tag)) for tag in tags if has_value(dataset, tag)]
        wrapped = self._signed(pixels.astype(np.int64) & (2**self.allocated - 1), self.allocated)
        return (wrapped >= min(limits)) & (wrapped <= max(limits))

    @property
    def least_and_greatest(self) -> tuple[int, int]:
        """What the bits can hold."""
        half = 2 ** (self.stored - 1)
        return (-half, half - 1) if self.is_signed else (0, 2 * half - 1)

    def _wrapped(self, value: float) -> int:
        wrapped = np.asarray([int(value) & (2**self.allocated - 1)], dtype=np.int64)
        return int(self._signed(wrapped, self.allocated)[0])

    def _signed(self, values: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
        return values - (values >> (bits - 1) << bits) if self.is_signed else values


@dataclass(frozen=True)
class _Measured:
    """Values after the modality's transformation, and those that its bits could hold."""

    values: NDArray[Any]
    low: float
    high: float


def shades(
    dataset: Any,
    values: NDArray[np.int64],
    bits: StoredBits,
    window: tuple[float, float] | None,
) -> NDArray[np.uint8]:
    """Modality transformation, then window or look-up table; the least value is black.

    Args:
        dataset: The header.
        values: (height, width), as stored.
        bits: What they could be.
        window: Centre and width that win over those of the header.

    Raises:
        UnreadableImageError: A field of the header can't be used.
    """
    measured = _measured(dataset, values, bits)
    if window is not None:
        return _within("LINEAR_EXACT", *window)(measured.values)
    table = read_table(dataset, "VOILUTSequence")
    if table is not None:
        return stretch(table(measured.values), low=0.0, high=table.white)
    own = _own_window(dataset, measured)
    if own is not None:
        return own(measured.values)
    return stretch(measured.values, low=measured.low, high=measured.high)


def _measured(dataset: Any, values: NDArray[np.int64], bits: StoredBits) -> _Measured:
    """PS3.3, C.11.1: by a table, or slope · value + intercept."""
    table = read_table(dataset, "ModalityLUTSequence")
    if table is not None:
        return _Measured(table(values), 0.0, table.white)
    slope = number(dataset, "RescaleSlope", default=1.0)
    intercept = number(dataset, "RescaleIntercept", default=0.0)
    if slope == 0.0:
        raise unusable("RescaleSlope", "is 0, so that its range of grey values is empty")
    # A negative slope turns the order of stored values, not that of their meanings: the least
    # meaning is black.
    low, high = sorted(slope * extreme + intercept for extreme in bits.least_and_greatest)
    return _Measured(slope * values + intercept, low, high)


def _own_window(
    dataset: Any, measured: _Measured
) -> Callable[[NDArray[Any]], NDArray[np.uint8]] | None:
    """The first window of the header; None if it has none."""
    advice = f"choose a window for all files, such as {_whole_range(measured)}"
    tags = ("WindowCenter", "WindowWidth")
    if all(raw_value(dataset, tag, advice=advice) is None for tag in tags):
        return None
    centre = number(dataset, "WindowCenter", advice=advice)
    width = number(dataset, "WindowWidth", advice=advice)
    function = text(dataset, "VOILUTFunction") or "LINEAR"
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        raise unusable("VOILUTFunction", "is none of LINEAR, LINEAR_EXACT and SIGMOID", advice)
    if width <= 0.0:
        raise unusable("WindowWidth", "is not above 0", advice)
    if function == "LINEAR" and width < 1.0:
        function = "LINEAR_EXACT"  # LINEAR is for whole values; narrower windows are of real ones
    return _within(function, centre, width)


def _whole_range(measured: _Measured) -> str:
    centre = (measured.low + measured.high) / 2.0
    return set_option("data.dicom_window", [centre, measured.high - measured.low])


def _within(
    function: str, centre: float, width: float
) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    """PS3.3, C.11.2.1.2.1 (LINEAR), C.11.2.1.3.2 (LINEAR_EXACT) and C.11.2.1.3.1 (SIGMOID)."""
    if function == "SIGMOID":
        return lambda values: stretch(_sigmoid(values, centre, width), low=0.0, high=1.0)
    if function == "LINEAR":
        return _between(centre - 0.5, width - 1.0)
    return _between(centre, width)


def _between(centre: float, width: float) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    if width == 0.0:
        return lambda values: np.where(values > centre, 255, _BLACK).astype(np.uint8)
    half = width / 2.0
    return lambda values: stretch(values, low=centre - half, high=centre + half)


def _sigmoid(values: NDArray[Any], centre: float, width: float) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # far below the window: 1 / infinity is black
        shares: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-4.0 * (values - centre) / width))
    return shares
