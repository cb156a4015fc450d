"""Rows as a page shows them: small images, short sounds, texts."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile
import soxr
from PIL import Image, ImageOps, UnidentifiedImageError

from shared.contract import ContentKind, Rows
from shared.names import printable
from shared.run.artefacts.gallery_file import Medium

__all__ = ["Shown", "show_row"]

_LARGEST_PX = 160
_JPEG_QUALITY = 80
_RATE_HZ = 8_000
_MOST_SECONDS = 2.0
_MOST_CHARACTERS = 1_000


@dataclass(frozen=True)
class Shown:
    """One row as it is shown.

    Attributes:
        medium: How.
        content: Of its file; empty for text and numbers.
        text: The text; empty for all else.
    """

    medium: Medium
    content: bytes = b""
    text: str = ""

    @property
    def suffix(self) -> str:
        """Of the file; empty where there is none."""
        return {"image": ".jpg", "sound": ".wav"}.get(self.medium, "")


def show_row(wire: Rows, content: ContentKind, beside: Collection[str]) -> Shown:
    """Make the file or the text that shows one row; by its numbers only if that can't be done.

    Args:
        wire: A batch of one row.
        content: What it holds.
        beside: Names of arrays that are no content of their own.
    """
    if content == "numbers":
        return Shown("none")
    (values,) = (values for name, values in wire.items() if name not in beside)
    value = values[0]
    if content == "text":
        return Shown("text", text=_text(value))
    made = _image(value) if content == "image" else _sound(value)
    return Shown("none") if made is None else Shown(content, made)


def _text(value: Any) -> str:
    text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
    shown = printable(text)
    return shown if len(shown) <= _MOST_CHARACTERS else f"{shown[:_MOST_CHARACTERS]}…"


def _image(value: Any) -> bytes | None:
    """A JPEG file; None if the image can't be read."""
    try:
        image = _opened(value)
        image.thumbnail((_LARGEST_PX, _LARGEST_PX))
        file = io.BytesIO()
        image.convert("RGB").save(file, "JPEG", quality=_JPEG_QUALITY)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    return file.getvalue()


def _opened(value: Any) -> Image.Image:
    if isinstance(value, bytes):
        return ImageOps.exif_transpose(Image.open(io.BytesIO(value)))
    pixels = np.asarray(value, dtype=np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _sound(value: Any) -> bytes | None:
    """A WAV file of 8 kHz in µ-law, one byte a sample; None if the sound can't be read.

    As loud as can be, because a sound that is shown is to be heard.
    """
    if not isinstance(value, bytes):
        return None
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(value), dtype="float64", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    mono = samples[: int(_MOST_SECONDS * rate_hz)].mean(axis=1)
    resampled = mono if rate_hz == _RATE_HZ else soxr.resample(mono, rate_hz, _RATE_HZ)
    peak = float(np.abs(resampled).max(initial=0.0))
    if not np.isfinite(peak):
        return None
    file = io.BytesIO()
    loud = resampled * (0.9 / peak) if peak > 0.0 else resampled
    soundfile.write(file, loud, _RATE_HZ, format="WAV", subtype="ULAW")
    return file.getvalue()
