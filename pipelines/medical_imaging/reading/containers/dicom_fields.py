"""Fields of a DICOM header, read by name.

A field that can't be used is named, never quoted: values of a header may identify a patient.
"""

from __future__ import annotations

import math
from typing import Any

from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from shared.loading.files.user_files import DECODER_ERRORS

__all__ = ["has_value", "number", "raw_value", "text", "unusable", "whole_number"]


def unusable(tag: str, reason: str, advice: str = "") -> UnreadableImageError:
    """The error that names a header field, what is wrong with it, and what helps."""
    return UnreadableImageError(
        f"its header field {tag} {reason}" + (f"; {advice}" if advice else "")
    )


def raw_value(dataset: Any, tag: str, *, advice: str = "") -> Any:
    """The field's value, None where it is absent or empty.

    Raises:
        UnreadableImageError: Its bytes are not of the kind that the field holds.
    """
    import pydicom.errors

    try:
        value = dataset.get(tag)
        if value is None or (hasattr(value, "__len__") and len(value) == 0):
            return None
    # pydicom's own errors descend from Exception alone.
    except (*DECODER_ERRORS, pydicom.errors.BytesLengthException) as error:
        raise unusable(tag, "can't be read", advice) from error
    return value


def has_value(dataset: Any, tag: str) -> bool:
    """Whether the field is there and not empty."""
    return raw_value(dataset, tag) is not None


def number(dataset: Any, tag: str, *, default: float | None = None, advice: str = "") -> float:
    """A finite number; the first where the field holds several.

    Args:
        dataset: The header.
        tag: Name of the field.
        default: What holds where the field is absent or empty; None where it must be there.
        advice: What helps where it can't be used.

    Raises:
        UnreadableImageError: It is absent without default, or no finite number.
    """
    value = raw_value(dataset, tag, advice=advice)
    if value is None:
        if default is not None:
            return default
        raise unusable(tag, "is missing", advice)
    try:
        several = hasattr(value, "__len__") and not isinstance(value, str | bytes)
        received = float(value[0] if several else value)
    except DECODER_ERRORS as error:
        raise unusable(tag, "is not a number", advice) from error
    if not math.isfinite(received):
        raise unusable(tag, "is not a finite number", advice)
    return received


def whole_number(
    dataset: Any, tag: str, *, least: int, most: int, default: int | None = None
) -> int:
    """A whole number within bounds, the ends included.

    Raises:
        UnreadableImageError: It is absent without default, no whole number, or out of bounds.
    """
    received = number(dataset, tag, default=default)
    if received != int(received) or not least <= received <= most:
        raise unusable(tag, f"is not a whole number from {least} to {most:,}")
    return int(received)


def text(dataset: Any, tag: str) -> str:
    """The field as text, "" where it is absent or empty."""
    value = raw_value(dataset, tag)
    return "" if value is None else str(value).strip()
