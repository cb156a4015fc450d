"""Drawings as small as a cell of a table: an interval on a common scale, a bar, a course.

They hold numbers alone. Names stand beside them as text of the page, which escapes them, wraps on a
phone and can be read out.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from shared.reporting.drawing.curves import Curve, place_curves
from shared.reporting.drawing.scale import Scale, scale_over

__all__ = ["bar", "interval_mark", "scale_of", "sparkline"]


def scale_of(numbers: Sequence[float | None], *, including: float | None = None) -> Scale:
    """A scale that holds all numbers that are there, with a little room.

    >>> scale_of([1.0, None, 3.0], including=0.0)
    Scale(low=-0.15, high=3.15)
    """
    known = [number for number in (*numbers, including) if number is not None]
    held = scale_over(known, margin=0.05)
    return Scale(round(held.low, 12), round(held.high, 12))


def interval_mark(
    value: float | None,
    low: float | None,
    high: float | None,
    scale: Scale,
    *,
    reference: float | None = None,
    tone: str = "",
) -> Markup:
    """A dot with its interval, and a line at the reference; the track of `drawing.html`.

    Args:
        value: The dot; None draws the line alone.
        low: Lower end of the interval; None without one.
        high: Upper end.
        scale: Common to all marks beside each other.
        reference: Where a vertical line stands, or None.
        tone: `good`, `bad`, `warn`, `muted`, or nothing for the accent.
    """
    parts: list[Markup] = []
    if reference is not None:
        at = scale.place(reference)
        parts.append(_line("guide", (at, at), (0, 100)))
    if low is not None and high is not None:
        parts.append(_line("range", (scale.place(low), scale.place(high)), (50, 50)))
    if value is not None:
        parts.append(Markup('<circle cx="{}%" cy="50%" r="5"/>').format(scale.place(value)))
    return _track(parts, tone)


def bar(value: float | None, scale: Scale, *, tone: str = "") -> Markup:
    """A bar from the left end of a scale to a number."""
    parts = [_line("guide", (0, 100), (50, 50))]
    if value is not None:
        parts.append(_line("length", (0, scale.place(value)), (50, 50)))
    return _track(parts, tone)


def sparkline(
    values: Sequence[float],
    lows: Sequence[float | None] = (),
    highs: Sequence[float | None] = (),
    *,
    reference: float | None = None,
) -> Markup:
    """The course of a number, from the oldest to the newest, with its intervals as a band.

    Args:
        values: At least one.
        lows: Lower ends of their intervals; None or empty without.
        highs: Upper ends.
        reference: Where a horizontal line stands, or None.
    """
    scale = scale_of([*values, *lows, *highs], including=reference)
    steps = Scale(0.0, float(max(1, len(values) - 1)))
    low, high = (_filled(ends, values) for ends in (lows, highs))
    curve = Curve("main", range(len(values)), values, low, high, has_dots=True)
    (drawn,) = place_curves([curve], steps, scale)
    parts = [_path("area main", drawn.band)] if drawn.band else []
    if reference is not None:
        parts.append(_path("guide", f"M0,{100.0 - scale.place(reference):g}H100"))
    parts += [_path("line main", drawn.line), _path("point main", drawn.dots)]
    opening = Markup(
        '<svg class="course" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
    )
    return opening + Markup("").join(parts) + Markup("</svg>")


def _filled(ends: Sequence[float | None], values: Sequence[float]) -> list[float]:
    """Without an interval the band has no width."""
    return [value if end is None else end for end, value in zip(ends, values, strict=False)]


def _track(parts: Sequence[Markup], tone: str) -> Markup:
    """Said by the text beside it, so hidden from screen readers."""
    opening = Markup('<svg class="track {}" aria-hidden="true">').format(tone)
    return opening + Markup("").join(parts) + Markup("</svg>")


def _line(kind: str, x: tuple[float, float], y: tuple[float, float]) -> Markup:
    return Markup('<line class="{}" x1="{}%" x2="{}%" y1="{}%" y2="{}%"/>').format(kind, *x, *y)


def _path(kind: str, d: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, d)
