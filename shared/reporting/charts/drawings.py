"""Explanations as images: words on a strip, bands over a signal, tiles over an image or a map.

Geometry only; the template draws.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.contract import Axis
from shared.reporting.formatting import format_plain

__all__ = ["AxisLabels", "Drawing", "Tile", "Word", "draw_explanation"]

_WIDTH, _STRIP_WIDTH = 360.0, 840.0
_MIN_HEIGHT, _MAX_HEIGHT, _STRIP_HEIGHT = 110.0, 400.0, 120.0
_MAX_IMAGE_PX = 176
_MAX_LINE_POINTS = 1200
_MAX_TITLE_ACROSS, _MAX_TITLE_UP = 32, 18  # characters that fit beside the end labels
_PIXELATED_BELOW = 64
_TIME_UNITS = frozenset(
    {"s", "ms", "min", "h", "d", "step", "steps", "hours", "days", "minutes", "seconds"}
)

Side = Literal["for", "against"]


@dataclass(frozen=True)
class Word:
    """One cell of a strip of words; strength in [0, 1] is relative to the strongest segment."""

    text: str
    side: Side
    strength: float
    contribution: str
    on_ground_truth: bool


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


@dataclass(frozen=True)
class AxisLabels:
    """An axis' title with its unit, the texts at its first and last coordinate, and the whole name where the title is cut."""

    title: str
    first: str
    last: str
    full: str = ""


@dataclass(frozen=True)
class Drawing:
    """What the template draws: either `words`, or `tiles` over an `image` or a `line`.

    Attributes:
        words: Words in order; empty unless the canvas is text.
        width: Width of the drawing, image units.
        height: Its height.
        image: Data URI of what lies beneath; empty if none.
        pixelated: Whether cells of the image are to stay visible.
        line: SVG path of a signal; empty if none.
        tiles: The segments.
        outline: SVG path around the evidence; empty if there is none.
        horizontal: The axis below, None for words.
        vertical: The axis to the left, None for strips.
    """

    words: tuple[Word, ...] = ()
    width: float = _WIDTH
    height: float = _STRIP_HEIGHT
    image: str = ""
    pixelated: bool = False
    line: str = ""
    tiles: tuple[Tile, ...] = ()
    outline: str = ""
    horizontal: AxisLabels | None = None
    vertical: AxisLabels | None = None

    @property
    def axis_notes(self) -> tuple[str, ...]:
        """Whole names of axes whose titles are cut."""
        return tuple(
            axis.full for axis in (self.vertical, self.horizontal) if axis is not None and axis.full
        )

    @property
    def layout(self) -> Literal["words", "strip", "tall", "flat"]:
        """How it shares a card with its numbers: tall images leave room beside them."""
        if self.words or not (self.image or self.line):
            return "words"
        if self.line:
            return "strip"
        return "tall" if self.height > 0.7 * self.width else "flat"


@dataclass(frozen=True)
class _Map:
    """Arrays of a two-dimensional explanation, turned the way people expect.

    Time to the right, frequency upwards.
    """

    canvas: NDArray[Any]
    spans: NDArray[np.float64]
    extent: NDArray[np.float64]
    ground_truth: NDArray[np.float32] | None
    axes: tuple[Axis, Axis]


def draw_explanation(arrays: Mapping[str, NDArray[Any]], axes: Sequence[Axis]) -> Drawing:
    """Lay out one explanation.

    Args:
        arrays: As stored in `explanations/<index>.npz`.
        axes: One or two, as in `Segments`.
    """
    canvas, ground_truth = arrays["canvas"], arrays.get("ground_truth")
    if canvas.dtype.kind == "U":
        return Drawing(words=_words(arrays, ground_truth))
    if len(axes) == 1:
        return _strip(arrays, axes[0], ground_truth)
    return _map(
        arrays,
        _turned(_Map(canvas, arrays["spans"], arrays["extent"], ground_truth, (axes[0], axes[1]))),
    )


def _strengths(values: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = float(np.abs(values).max(initial=0.0))
    return np.abs(values) / largest if largest > 0 else np.zeros_like(values)


def _side(value: float) -> Side:
    return "for" if value >= 0 else "against"


def _words(
    arrays: Mapping[str, NDArray[Any]], ground_truth: NDArray[np.float32] | None
) -> tuple[Word, ...]:
    values, spans = arrays["values"], arrays["spans"][:, 0]
    strengths = _strengths(values)
    words = []
    for cell, text in enumerate(arrays["canvas"].tolist()):
        owners = np.flatnonzero((spans[:, 0] <= cell) & (cell < spans[:, 1]))
        known = ground_truth is not None and bool(ground_truth[cell] >= 0.5)
        value, strength = (
            (float(values[owners[0]]), float(strengths[owners[0]])) if len(owners) else (0.0, 0.0)
        )
        words.append(
            Word(
                text,
                _side(value),
                round(strength, 3),
                format_plain(value, 3) if len(owners) else "",
                known,
            )
        )
    return tuple(words)


def _strip(
    arrays: Mapping[str, NDArray[Any]], axis: Axis, ground_truth: NDArray[np.float32] | None
) -> Drawing:
    signal = np.asarray(arrays["canvas"], dtype=np.float64)
    scale = _STRIP_WIDTH / max(len(signal), 1)
    spans = np.concatenate(
        [arrays["spans"], np.tile([[[0.0, 1.0]]], (len(arrays["spans"]), 1, 1))], axis=1
    )  # (segments, 2, 2)
    return Drawing(
        width=_STRIP_WIDTH,
        line=_line(signal),
        tiles=_tiles(arrays, spans[:, ::-1], scale_y=_STRIP_HEIGHT, scale_x=scale),
        outline=(
            ""
            if ground_truth is None
            else _outline(ground_truth[None, :] >= 0.5, scale_y=_STRIP_HEIGHT, scale_x=scale)
        ),
        horizontal=_axis_labels(axis, arrays["extent"][0]),
    )


def _map(arrays: Mapping[str, NDArray[Any]], drawn: _Map) -> Drawing:
    rows, columns = drawn.canvas.shape[:2]
    is_drawing = drawn.canvas.ndim == 3
    height = _WIDTH * rows / columns if is_drawing else 22.0 * rows
    height = float(
        np.clip(
            height, _MIN_HEIGHT if not is_drawing else 40.0, _MAX_HEIGHT if is_drawing else 220.0
        )
    )
    scale_y, scale_x = height / rows, _WIDTH / columns
    return Drawing(
        height=height,
        image=_image(drawn.canvas),
        pixelated=max(rows, columns) < _PIXELATED_BELOW,
        tiles=_tiles(arrays, drawn.spans, scale_y=scale_y, scale_x=scale_x),
        outline=(
            ""
            if drawn.ground_truth is None
            else _outline(drawn.ground_truth >= 0.5, scale_y=scale_y, scale_x=scale_x)
        ),
        horizontal=_axis_labels(drawn.axes[1], drawn.extent[1]),
        vertical=_axis_labels(drawn.axes[0], drawn.extent[0], _MAX_TITLE_UP),
    )


def _turned(given: _Map) -> _Map:
    """Time runs to the right; frequency, and any other measured quantity that is not a place in an image, runs upwards."""
    canvas, spans, extent, ground_truth, axes = (
        given.canvas,
        given.spans,
        given.extent,
        given.ground_truth,
        given.axes,
    )
    if canvas.ndim == 2 and axes[0].unit in _TIME_UNITS and axes[1].unit not in _TIME_UNITS:
        canvas, spans, extent, axes = canvas.T, spans[:, ::-1], extent[::-1], (axes[1], axes[0])
        ground_truth = None if ground_truth is None else ground_truth.T
    if canvas.ndim == 2 and axes[0].unit.endswith("Hz") and extent[0, 0] < extent[0, 1]:
        rows = len(canvas)
        flipped = spans.copy()
        flipped[:, 0] = rows - spans[:, 0, ::-1]
        canvas, spans, extent = canvas[::-1], flipped, np.stack([extent[0, ::-1], extent[1]])
        ground_truth = None if ground_truth is None else ground_truth[::-1]
    return _Map(canvas, spans, extent, ground_truth, axes)


def _tiles(
    arrays: Mapping[str, NDArray[Any]],
    spans: NDArray[np.float64],
    *,
    scale_y: float,
    scale_x: float,
) -> tuple[Tile, ...]:
    values = arrays["values"]
    return tuple(
        Tile(
            x=round(float(span[1, 0]) * scale_x, 1),
            y=round(float(span[0, 0]) * scale_y, 1),
            width=round(float(span[1, 1] - span[1, 0]) * scale_x, 1),
            height=round(float(span[0, 1] - span[0, 0]) * scale_y, 1),
            side=_side(float(value)),
            strength=round(float(strength), 3),
            label=f"{name}: {format_plain(float(value), 3)}",
        )
        for name, value, strength, span in zip(
            arrays["names"].tolist(), values, _strengths(values), spans, strict=True
        )
    )


def _line(signal: NDArray[np.float64]) -> str:
    """A path through the signal.

    Long signals keep the extremes of each stretch, so that peaks stay visible.
    """
    places = np.arange(len(signal)) + 0.5
    if len(signal) > _MAX_LINE_POINTS:
        edges = np.linspace(0, len(signal), _MAX_LINE_POINTS // 2 + 1).astype(np.int64)
        stretches = [slice(start, stop) for start, stop in pairwise(edges.tolist())]
        signal = np.array(
            [value for part in stretches for value in (signal[part].min(), signal[part].max())]
        )
        places = np.repeat([(part.start + part.stop) / 2 for part in stretches], 2)
    finite = np.isfinite(signal)
    if not finite.any():
        return ""
    low, high = float(signal[finite].min()), float(signal[finite].max())
    heights = (
        _STRIP_HEIGHT * (0.95 - 0.9 * (signal - low) / (high - low))
        if high > low
        else np.full(len(signal), _STRIP_HEIGHT / 2)
    )
    x = places * _STRIP_WIDTH / (places[-1] + places[0])
    points = [
        f"{a:.1f} {b:.1f}" if seen else "" for a, b, seen in zip(x, heights, finite, strict=True)
    ]
    pen_down = [bool(point and index and points[index - 1]) for index, point in enumerate(points)]
    return " ".join(
        ("L" if down else "M") + point
        for point, down in zip(points, pen_down, strict=True)
        if point
    )


def _outline(inside: NDArray[np.bool_], *, scale_y: float, scale_x: float) -> str:
    """A path along the cell borders between inside and outside; straight runs are one stroke."""
    padded = np.pad(inside, 1)
    path = []
    for y, row in enumerate(
        padded[1:] != padded[:-1]
    ):  # borders that run across, above row y of the canvas
        path += [
            f"M{start * scale_x:.1f} {y * scale_y:.1f}H{stop * scale_x:.1f}"
            for start, stop in _runs(row[1:-1])
        ]
    for x, column in enumerate((padded[:, 1:] != padded[:, :-1]).T):
        path += [
            f"M{x * scale_x:.1f} {start * scale_y:.1f}V{stop * scale_y:.1f}"
            for start, stop in _runs(column[1:-1])
        ]
    return "".join(path)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    changes = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [
        (int(start), int(stop)) for start, stop in zip(changes[::2], changes[1::2], strict=True)
    ]


def _axis_labels(
    axis: Axis, extent: NDArray[np.float64], limit: int = _MAX_TITLE_ACROSS
) -> AxisLabels:
    unit = f" ({axis.unit})" if axis.unit else ""
    full, ends = axis.name + unit, (f"{extent[0]:.4g}", f"{extent[1]:.4g}")
    if len(full) <= limit:
        return AxisLabels(full, *ends)
    title = re.split("[:,;(]", axis.name)[0].strip()[: limit - len(unit)] + unit
    return AxisLabels(title, *ends, full=full)


def _image(canvas: NDArray[Any]) -> str:
    """A small data URI: JPEG for images, PNG where single cells must stay apart."""
    pixels = canvas if canvas.ndim == 3 else _as_grey(np.asarray(canvas, dtype=np.float64))
    image = Image.fromarray(np.ascontiguousarray(pixels.astype(np.uint8)))
    is_small = max(image.size) < _PIXELATED_BELOW
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
    scaled = (
        (np.nan_to_num(values, nan=float(low)) - low) / (high - low)
        if high > low
        else np.zeros_like(values)
    )
    return np.asarray(np.clip(scaled, 0.0, 1.0) * 255.0).astype(np.uint8)
