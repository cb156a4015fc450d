"""Explanations as images: words on a strip, bands over a signal, tiles over an image or a map.

Geometry only; the template draws.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shared.contract import Axis
from shared.formatting import format_plain
from shared.reporting.charts.image_paths import (
    PIXELATED_BELOW,
    Scale,
    Side,
    Tile,
    encode_pixels,
    lay_tiles,
    line_path,
    outline_path,
    relative_strengths,
    side_of,
)

__all__ = ["AxisLabels", "ExplanationImage", "Word", "draw_explanation", "drawn_once"]

_WIDTH = 360.0
_STRIP_WIDTH = 840.0
_STRIP_HEIGHT = 120.0
_MAX_TITLE_ACROSS = 32  # characters that fit between the labels of both ends
_MAX_TITLE_UP = 18
_TIME_UNITS = frozenset(
    {"s", "ms", "min", "h", "d", "step", "steps", "hours", "days", "minutes", "seconds"}
)


@dataclass(frozen=True)
class Word:
    """One cell of a strip of words; strength in [0, 1] is relative to the strongest segment."""

    text: str
    side: Side
    strength: float
    contribution: str
    on_ground_truth: bool


@dataclass(frozen=True)
class AxisLabels:
    """An axis: its title with its unit, and the texts at its first and last coordinate.

    `full` is the whole name where the title is cut.
    """

    title: str
    first: str
    last: str
    full: str = ""


@dataclass(frozen=True)
class ExplanationImage:
    """What the template draws: either `words`, or `tiles` over a `background` or a `line`.

    Attributes:
        words: Words in order; empty unless the canvas is text.
        width: Of the image, in its units.
        height: Of the image.
        background: Data URI of what lies beneath; empty if none.
        is_drawn_before: Whether the page has drawn the background already, and refers to it.
        pixelated: Whether cells of the background are to stay visible.
        line: SVG path of a signal; empty if none.
        tiles: The segments.
        outline: SVG path around the known cause; empty if there is none.
        horizontal: The axis below, None for words.
        vertical: The axis to the left, None for strips.
    """

    words: tuple[Word, ...] = ()
    width: float = _WIDTH
    height: float = _STRIP_HEIGHT
    background: str = ""
    is_drawn_before: bool = False
    pixelated: bool = False
    line: str = ""
    tiles: tuple[Tile, ...] = ()
    outline: str = ""
    horizontal: AxisLabels | None = None
    vertical: AxisLabels | None = None

    @property
    def name(self) -> str:
        """Id of the background on a page: another one for other pixels or another size."""
        content = f"{self.background} {self.width} {self.height}".encode()
        return f"pixels-{sha256(content).hexdigest()[:12]}"

    @property
    def axis_notes(self) -> tuple[str, ...]:
        """Whole names of axes whose titles are cut."""
        axes = (self.vertical, self.horizontal)
        return tuple(axis.full for axis in axes if axis is not None and axis.full)

    @property
    def layout(self) -> Literal["words", "strip", "tall", "flat"]:
        """How it shares a card with its numbers: tall images leave room beside them."""
        if self.words or not (self.background or self.line):
            return "words"
        if self.line:
            return "strip"
        return "tall" if self.height > 0.7 * self.width else "flat"


@dataclass(frozen=True)
class _Plane:
    """Arrays of an explanation over two axes: rows, then columns."""

    canvas: NDArray[Any]
    spans: NDArray[np.float64]
    extent: NDArray[np.float64]
    ground_truth: NDArray[np.float32] | None
    axes: tuple[Axis, Axis]


def draw_explanation(arrays: Mapping[str, NDArray[Any]], axes: Sequence[Axis]) -> ExplanationImage:
    """Lay out one explanation.

    Args:
        arrays: As stored in `explanations/<index>.npz`.
        axes: One or two, as in `Segments`.
    """
    canvas = arrays["canvas"]
    if canvas.dtype.kind == "U":
        return ExplanationImage(words=_words(arrays))
    if len(axes) == 1:
        return _strip(arrays, axes[0])
    plane = _Plane(
        canvas=canvas,
        spans=arrays["spans"],
        extent=arrays["extent"],
        ground_truth=arrays.get("ground_truth"),
        axes=(axes[0], axes[1]),
    )
    return _map(arrays, _flipped(_transposed(plane)))


def drawn_once(
    images: Iterable[ExplanationImage], before: Collection[str] = ()
) -> tuple[ExplanationImage, ...]:
    """Images whose background a page holds once: later ones refer to the first.

    Args:
        images: In the order of the page.
        before: Names of backgrounds that stand further up.
    """
    seen = set(before)
    found = []
    for image in images:
        found.append(replace(image, is_drawn_before=image.name in seen))
        seen.add(image.name)
    return tuple(found)


def _words(arrays: Mapping[str, NDArray[Any]]) -> tuple[Word, ...]:
    values = arrays["values"]
    starts, stops = arrays["spans"][:, 0].T
    strengths = relative_strengths(values)
    ground_truth = arrays.get("ground_truth")
    words = []
    for cell, text in enumerate(arrays["canvas"].tolist()):
        owners = np.flatnonzero((starts <= cell) & (cell < stops))
        value = float(values[owners[0]]) if len(owners) else 0.0
        strength = float(strengths[owners[0]]) if len(owners) else 0.0
        words.append(
            Word(
                text=text,
                side=side_of(value),
                strength=round(strength, 3),
                contribution=format_plain(value, 3) if len(owners) else "",
                on_ground_truth=ground_truth is not None and bool(ground_truth[cell] >= 0.5),
            )
        )
    return tuple(words)


def _strip(arrays: Mapping[str, NDArray[Any]], axis: Axis) -> ExplanationImage:
    signal = np.asarray(arrays["canvas"], dtype=np.float64)
    scale = Scale(x=_STRIP_WIDTH / max(len(signal), 1), y=_STRIP_HEIGHT)
    columns = arrays["spans"]  # (segments, 1, 2)
    rows = np.tile([[[0.0, 1.0]]], (len(columns), 1, 1))
    spans = np.concatenate([rows, columns], axis=1)  # (segments, 2, 2)
    ground_truth = arrays.get("ground_truth")
    outline = "" if ground_truth is None else outline_path(ground_truth[None, :] >= 0.5, scale)
    return ExplanationImage(
        width=_STRIP_WIDTH,
        line=line_path(signal, width=_STRIP_WIDTH, height=_STRIP_HEIGHT),
        tiles=lay_tiles(arrays["names"].tolist(), arrays["values"], spans, scale),
        outline=outline,
        horizontal=_axis_labels(axis, arrays["extent"][0]),
    )


def _map(arrays: Mapping[str, NDArray[Any]], plane: _Plane) -> ExplanationImage:
    rows, columns = plane.canvas.shape[:2]
    height = _map_height(plane.canvas)
    scale = Scale(x=_WIDTH / columns, y=height / rows)
    known = plane.ground_truth
    outline = "" if known is None else outline_path(known >= 0.5, scale)
    tiles = lay_tiles(arrays["names"].tolist(), arrays["values"], plane.spans, scale)
    return ExplanationImage(
        height=height,
        background=encode_pixels(plane.canvas),
        pixelated=max(rows, columns) < PIXELATED_BELOW,
        tiles=tiles,
        outline=outline,
        horizontal=_axis_labels(plane.axes[1], plane.extent[1]),
        vertical=_axis_labels(plane.axes[0], plane.extent[0], _MAX_TITLE_UP),
    )


def _map_height(canvas: NDArray[Any]) -> float:
    """Images keep their proportions; rows of a map get room for a name each."""
    rows, columns = canvas.shape[:2]
    if canvas.ndim == 3:
        return float(np.clip(_WIDTH * rows / columns, 40.0, 400.0))
    return float(np.clip(22.0 * rows, 110.0, 220.0))


def _transposed(plane: _Plane) -> _Plane:
    """Let time run to the right."""
    rows, columns = plane.axes
    if plane.canvas.ndim == 3 or rows.unit not in _TIME_UNITS or columns.unit in _TIME_UNITS:
        return plane
    known = plane.ground_truth
    return _Plane(
        canvas=plane.canvas.T,
        spans=plane.spans[:, ::-1],
        extent=plane.extent[::-1],
        ground_truth=None if known is None else known.T,
        axes=(columns, rows),
    )


def _flipped(plane: _Plane) -> _Plane:
    """Let frequency run upwards."""
    lowest, highest = plane.extent[0]
    is_frequency = plane.axes[0].unit.endswith("Hz")
    if plane.canvas.ndim == 3 or not is_frequency or lowest >= highest:
        return plane
    spans = plane.spans.copy()
    spans[:, 0] = len(plane.canvas) - plane.spans[:, 0, ::-1]
    known = plane.ground_truth
    return replace(
        plane,
        canvas=plane.canvas[::-1],
        spans=spans,
        extent=np.stack([plane.extent[0, ::-1], plane.extent[1]]),
        ground_truth=None if known is None else known[::-1],
    )


def _axis_labels(
    axis: Axis, extent: NDArray[np.float64], limit: int = _MAX_TITLE_ACROSS
) -> AxisLabels:
    unit = f" ({axis.unit})" if axis.unit else ""
    full = axis.name + unit
    first = f"{extent[0]:.4g}"
    last = f"{extent[1]:.4g}"
    if len(full) <= limit:
        return AxisLabels(full, first, last)
    name = re.split("[:,;(]", axis.name)[0].strip()
    return AxisLabels(name[: limit - len(unit)] + unit, first, last, full=full)
