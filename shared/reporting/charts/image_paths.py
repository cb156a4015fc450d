"""Geometry of explanation images: tiles, the line of a signal, outlines, and pixels."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.formatting import format_plain

__all__ = [
    "PIXELATED_BELOW",
    "Scale",
    "Side",
    "Tile",
    "encode_pixels",
    "lay_tiles",
    "line_path",
    "outline_path",
    "relative_strengths",
    "side_of",
]

PIXELATED_BELOW = 64
"""Canvases with fewer cells than this in both directions show each of them."""

_MAX_IMAGE_PX = 176
_STRONGEST_OPACITY = 0.78
_MAX_LINE_POINTS = 1200

Side = Literal["for", "against"]


@dataclass(frozen=True)
class Scale:
    """Image units of one cell of the canvas."""

    x: float
    y: float


@dataclass(frozen=True)
class Tile:
    """One segment's rectangle in image units.

    Strength in [0, 1] is relative to the strongest segment.
    """

    x: float
    y: float
    width: float
    height: float
    side: Side
    strength: float
    label: str

    @property
    def path(self) -> str:
        """As an SVG path, which is half as long as a rectangle."""
        return f"M{self.x:g} {self.y:g}h{self.width:g}v{self.height:g}h-{self.width:g}z"

    @property
    def opacity(self) -> str:
        """Of its colour; empty where none would be seen."""
        text = f"{_STRONGEST_OPACITY * self.strength:.2f}"
        return "" if text == "0.00" else text.removeprefix("0")


def relative_strengths(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each segment in [0, 1], relative to the strongest."""
    largest = float(np.abs(values).max(initial=0.0))
    return np.abs(values) / largest if largest > 0 else np.zeros_like(values)


def side_of(value: float) -> Side:
    """Whether a contribution speaks for what was predicted."""
    return "for" if value >= 0 else "against"


def lay_tiles(
    names: Sequence[str], values: NDArray[np.float64], spans: NDArray[np.float64], scale: Scale
) -> tuple[Tile, ...]:
    """One rectangle a segment.

    Args:
        names: Of the segments.
        values: (segments,): their contributions.
        spans: (segments, 2, 2): start and stop of rows, then of columns, in cells.
        scale: Of a cell.
    """
    strengths = relative_strengths(values).tolist()
    segments = zip(names, values.tolist(), strengths, spans, strict=True)
    return tuple(
        _lay_tile(f"{name}: {format_plain(value, 3)}", side_of(value), strength, span, scale)
        for name, value, strength, span in segments
    )


def _lay_tile(
    label: str, side: Side, strength: float, span: NDArray[np.float64], scale: Scale
) -> Tile:
    (top, bottom), (left, right) = span.tolist()
    return Tile(
        x=round(left * scale.x, 1),
        y=round(top * scale.y, 1),
        width=round((right - left) * scale.x, 1),
        height=round((bottom - top) * scale.y, 1),
        side=side,
        strength=round(strength, 3),
        label=label,
    )


def line_path(signal: NDArray[np.float64], *, width: float, height: float) -> str:
    """An SVG path through a signal; values that are not finite leave a gap.

    Args:
        signal: (samples,) float64. Of a long one each stretch keeps its extremes, so that peaks
            stay visible.
        width: Of the image.
        height: Of the image.
    """
    places, signal = _thinned(signal)
    finite = np.isfinite(signal)
    if not finite.any():
        return ""
    low = float(signal[finite].min())
    high = float(signal[finite].max())
    heights = np.full(len(signal), height / 2)
    if high > low:
        heights = height * (0.95 - 0.9 * (signal - low) / (high - low))
    x = places * width / (places[-1] + places[0])
    path = []
    pen_down = False
    for across, down, is_known in zip(x, heights, finite, strict=True):
        if is_known:
            path.append(f"{'L' if pen_down else 'M'}{across:.1f} {down:.1f}")
        pen_down = bool(is_known)
    return " ".join(path)


def _thinned(signal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places and values of the points to draw: all, or the extremes of equal stretches."""
    if len(signal) <= _MAX_LINE_POINTS:
        return np.arange(len(signal), dtype=np.float64) + 0.5, signal
    edges = np.linspace(0, len(signal), _MAX_LINE_POINTS // 2 + 1).astype(np.int64)
    places: list[float] = []
    values: list[float] = []
    for start, stop in pairwise(edges.tolist()):
        stretch = signal[start:stop]
        places += [(start + stop) / 2] * 2
        values += [stretch.min(), stretch.max()]
    return np.array(places), np.array(values)


def outline_path(inside: NDArray[np.bool_], scale: Scale) -> str:
    """An SVG path along the cell borders between inside and outside; straight runs are one stroke.

    Args:
        inside: (rows, columns).
        scale: Of a cell.
    """
    padded = np.pad(inside, 1)
    path = []
    across = padded[1:] != padded[:-1]  # borders above row y of the canvas
    for y, row in enumerate(across):
        for start, stop in _runs(row[1:-1]):
            path.append(f"M{start * scale.x:.1f} {y * scale.y:.1f}H{stop * scale.x:.1f}")
    down = padded[:, 1:] != padded[:, :-1]  # borders left of column x
    for x, column in enumerate(down.T):
        for start, stop in _runs(column[1:-1]):
            path.append(f"M{x * scale.x:.1f} {start * scale.y:.1f}V{stop * scale.y:.1f}")
    return "".join(path)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop of each run of true flags."""
    edged = np.concatenate([[False], flags, [False]]).astype(np.int8)
    changes = np.flatnonzero(np.diff(edged)).tolist()
    return list(zip(changes[::2], changes[1::2], strict=True))


def encode_pixels(canvas: NDArray[Any]) -> str:
    """A small data URI: JPEG for images, PNG where single cells must stay apart."""
    pixels = canvas if canvas.ndim == 3 else _as_grey(np.asarray(canvas, dtype=np.float64))
    image = Image.fromarray(np.ascontiguousarray(pixels.astype(np.uint8)))
    is_small = max(image.size) < PIXELATED_BELOW
    image.thumbnail((_MAX_IMAGE_PX, _MAX_IMAGE_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if is_small:
        image.save(buffer, "PNG", optimize=True)
    else:
        image.save(buffer, "JPEG", quality=82)
    kind = "png" if is_small else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _as_grey(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Values (rows, columns) to grey levels.

    The outer percents are cut, so that one spike does not darken the rest.
    """
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return np.zeros(values.shape, np.uint8)
    low, high = np.percentile(finite, [1.0, 99.0])
    scaled = np.zeros_like(values)
    if high > low:
        scaled = (np.nan_to_num(values, nan=float(low)) - low) / (high - low)
    return np.asarray(np.clip(scaled, 0.0, 1.0) * 255.0).astype(np.uint8)
