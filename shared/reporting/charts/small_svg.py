"""Drawings as small as a cell of a table: an interval on a common scale, a bar, a course.

They hold numbers alone. Names stand beside them as text of the page, which escapes them, wraps on a
phone and can be read out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

__all__ = ["Scale", "bar", "interval_mark", "scale_of", "sparkline"]

_WIDTH = 200.0
_HEIGHT = 20.0
_MARGIN = 6.0
_DIGITS = 1


@dataclass(frozen=True)
class Scale:
    """A common scale of several marks.

    Attributes:
        low: The number at the left end.
        high: The number at the right end, above `low`.
    """

    low: float
    high: float

    def place(self, value: float) -> float:
        """Where a number stands, in units of the drawing; outside numbers stand at the end."""
        share = (value - self.low) / (self.high - self.low)
        return _MARGIN + min(1.0, max(0.0, share)) * (_WIDTH - 2.0 * _MARGIN)


def scale_of(numbers: Sequence[float | None], *, including: float | None = None) -> Scale:
    """A scale that holds all numbers that are there and finite, with a little room.

    >>> scale_of([1.0, None, 3.0], including=0.0)
    Scale(low=-0.15, high=3.15)
    """
    known = [number for number in (*numbers, including) if number is not None]
    finite = [number for number in known if math.isfinite(number)] or [0.0]
    room = 0.05 * (max(finite) - min(finite)) or 0.5
    return Scale(round(min(finite) - room, 12), round(max(finite) + room, 12))


def interval_mark(
    value: float | None,
    low: float | None,
    high: float | None,
    scale: Scale,
    *,
    reference: float | None = None,
    tone: str = "",
) -> Markup:
    """A dot with its interval, and a line at the reference.

    Args:
        value: The dot; None draws the line alone.
        low: Lower end of the interval; None without one.
        high: Upper end.
        scale: Common to all marks beside each other.
        reference: Where a vertical line stands, or None.
        tone: `good`, `bad`, `warn`, `muted`, or nothing for the accent.
    """
    middle = _HEIGHT / 2.0
    parts: list[Markup] = []
    if reference is not None:
        at = scale.place(reference)
        parts.append(_line(at, 0.0, at, _HEIGHT, "zero"))
    if low is not None and high is not None:
        parts.append(_line(scale.place(low), middle, scale.place(high), middle, "range"))
    if value is not None:
        parts.append(
            Markup('<circle cx="{}" cy="{}" r="4.5"/>').format(
                _number(scale.place(value)), _number(middle)
            )
        )
    return _drawing(parts, tone)


def bar(value: float | None, scale: Scale, *, tone: str = "") -> Markup:
    """A bar from the left end of a scale to a number."""
    track = _line(_MARGIN, _HEIGHT / 2.0, _WIDTH - _MARGIN, _HEIGHT / 2.0, "track")
    if value is None:
        return _drawing([track], tone)
    end = scale.place(value)
    return _drawing([track, _line(_MARGIN, _HEIGHT / 2.0, end, _HEIGHT / 2.0, "length")], tone)


def sparkline(
    values: Sequence[float],
    lows: Sequence[float | None] = (),
    highs: Sequence[float | None] = (),
    *,
    reference: float | None = None,
) -> Markup:
    """The course of a number, from the oldest to the newest, with a whisker for each interval.

    Args:
        values: At least one; the last one has the largest dot.
        lows: Lower ends of their intervals; None or empty without.
        highs: Upper ends.
        reference: Where a horizontal line stands, or None.
    """
    scale = scale_of([*values, *lows, *highs], including=reference)
    step = (_WIDTH - 2.0 * _MARGIN) / max(1, len(values) - 1)
    places = [_MARGIN + step * number for number in range(len(values))]
    heights = [_up(scale, value) for value in values]
    parts: list[Markup] = []
    if reference is not None:
        at = _up(scale, reference)
        parts.append(_line(_MARGIN, at, _WIDTH - _MARGIN, at, "zero"))
    for place, low, high in zip(places, lows, highs, strict=False):
        if low is not None and high is not None:
            parts.append(_line(place, _up(scale, low), place, _up(scale, high), "range"))
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in zip(places, heights, strict=True))
    parts.append(Markup('<polyline points="{}"/>').format(points))
    for number, (x, y) in enumerate(zip(places, heights, strict=True), start=1):
        radius = 3.5 if number == len(values) else 1.5
        dot = Markup('<circle cx="{}" cy="{}" r="{}"/>')
        parts.append(dot.format(_number(x), _number(y), radius))
    return _drawing(parts, "")


def _up(scale: Scale, value: float) -> float:
    """The height of a number: larger ones stand higher."""
    share = (value - scale.low) / (scale.high - scale.low)
    return _HEIGHT - 2.0 - min(1.0, max(0.0, share)) * (_HEIGHT - 4.0)


def _drawing(parts: Sequence[Markup], tone: str) -> Markup:
    """Said by the text beside it, so hidden from screen readers."""
    size = f"0 0 {_WIDTH:g} {_HEIGHT:g}"
    opening = Markup('<svg class="small {}" viewBox="{}" aria-hidden="true">').format(tone, size)
    return opening + Markup("").join(parts) + Markup("</svg>")


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        kind, *map(_number, (x1, y1, x2, y2))
    )


def _number(value: float) -> str:
    return f"{value:.{_DIGITS}f}"
