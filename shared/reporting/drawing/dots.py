"""Values with their intervals, one in a row, over one axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.formatting import format_count, format_interval, format_value
from shared.reporting.drawing.figure import Figure, csv_download
from shared.reporting.drawing.labels import shortened
from shared.reporting.drawing.scale import Scale, Tick, scale_over, tick_words
from shared.reporting.page import Tone
from shared.statistics.intervals import Estimate

__all__ = ["Dot", "DotFigure", "DotPlot", "DotRow", "Guide", "interval_figure", "place_dots"]

_ROOM = 1.8
"""Intervals of few rows may be so long that all others shrink: the axis ends at so many times the
reach of the values, and what is longer is cut."""


@dataclass(frozen=True)
class Dot:
    """One value before it is placed.

    Attributes:
        label: Whose it is.
        value: None where there is none: then only `text` is said.
        low: Lower end of its interval; None without, likewise `high`.
        high: Upper end.
        text: The value in words, with its n.
        tone: How it is meant; the text must say so too.
        heading: Stands above the first of several dots that share it.
        mark: A further value to compare with, drawn as a short line.
        is_hollow: Whether no claim rests on it.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    tone: Tone = ""
    heading: str = ""
    mark: float | None = None
    is_hollow: bool = False

    @classmethod
    def of(cls, label: str, estimate: Estimate | None, text: str) -> Dot:
        """From a number and its interval; None where there is none."""
        if estimate is None:
            return cls(label, None, None, None, text)
        return cls(label, estimate.value, estimate.ci_low, estimate.ci_high, text)


@dataclass(frozen=True)
class Guide:
    """What stands behind all rows.

    Attributes:
        line: A value to compare with; None for none.
        band: Values that do not matter, from one to the other; None for none.
    """

    line: float | None = None
    band: tuple[float, float] | None = None


@dataclass(frozen=True)
class DotRow:
    """One row; places are percent of the track.

    Attributes:
        dot: What is drawn.
        label: Its name as it is shown.
        heading: Shown above; empty if it is that of the row before.
        place: Of the value; None where there is none.
        ends: Of the interval; None without.
        cut: Whether the interval goes on beyond the axis, at either end.
        mark: Of the further value; None without.
    """

    dot: Dot
    label: str
    heading: str
    place: float | None
    ends: tuple[float, float] | None
    cut: tuple[bool, bool]
    mark: float | None


@dataclass(frozen=True)
class DotPlot:
    """All rows, and what stands behind them in percent of the track.

    Attributes:
        rows: From top to bottom.
        line: Place of a value to compare with; None for none.
        band: Start and width; None for none.
        ticks: Place and label.
    """

    rows: tuple[DotRow, ...]
    line: float | None
    band: tuple[float, float] | None
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class DotFigure:
    """Rows, and what is said of them."""

    figure: Figure
    plot: DotPlot


def interval_figure(
    title: str,
    measured: Sequence[tuple[str, int, Estimate | None]],
    *,
    unit: str,
    line: float | None = None,
) -> DotFigure:
    """Values of one kind with their intervals.

    Args:
        title: What is shown, with its unit and the kind of interval.
        measured: Whose, n, and the value; None where there is not enough data.
        unit: Of all values.
        line: A value to compare with; None for none.
    """
    dots = [Dot.of(name, found, _in_words(found, n, unit)) for name, n, found in measured]
    spoken = "; ".join(f"{dot.label}: {dot.text}" for dot in dots)
    rows = [
        (dot.label, n, dot.value, dot.low, dot.high)
        for dot, (_, n, _) in zip(dots, measured, strict=True)
    ]
    download = csv_download(title, ("of", "n", "value", "ci_low", "ci_high"), rows)
    plot = place_dots(dots, lambda value: tick_words(value, unit), guide=Guide(line))
    return DotFigure(Figure(title, f"{title}. {spoken}.", download), plot)


def _in_words(found: Estimate | None, n: int, unit: str) -> str:
    size = f"n = {format_count(n)}"
    if found is None or found.value is None:
        return f"not enough data, {size}"
    value = format_value(found.value, unit)
    if found.ci_low is None:
        return f"{value}, {size}"
    return f"{value} ({format_interval(found.ci_low, found.ci_high, unit)}), {size}"


def place_dots(
    dots: Sequence[Dot],
    say_tick: Callable[[float], str],
    *,
    guide: Guide | None = None,
    scale: Scale | None = None,
) -> DotPlot:
    """Lay values out.

    Args:
        dots: From top to bottom.
        say_tick: The words at a tick.
        guide: Behind all rows.
        scale: Of the axis; by default it holds all values and what stands behind them.
    """
    guide = guide or Guide()
    axis = scale or _axis(dots, guide)
    headings = ["", *(dot.heading for dot in dots)]
    rows = [
        _row(dot, axis, "" if dot.heading == before else dot.heading)
        for dot, before in zip(dots, headings, strict=False)
    ]
    line = None if guide.line is None else axis.place(guide.line)
    ticks = [(tick.place, say_tick(tick.value)) for tick in _apart(axis.ticks())]
    return DotPlot(tuple(rows), line, _band(guide, axis), tuple(ticks))


def _axis(dots: Sequence[Dot], guide: Guide) -> Scale:
    """Holds every value, and intervals as far as they leave the values room."""
    known = [dot for dot in dots if dot.value is not None]
    values = [number for dot in known for number in (dot.value, dot.mark) if number is not None]
    fixed = [*values, *(guide.band or ()), *(() if guide.line is None else (guide.line,))]
    inner = scale_over(fixed, margin=0.0)
    reach = (_ROOM - 1.0) * (inner.high - inner.low)
    ends = [end for dot in known for end in (dot.low, dot.high) if end is not None]
    return scale_over(
        [*fixed, *(min(max(end, inner.low - reach), inner.high + reach) for end in ends)]
    )


def _band(guide: Guide, axis: Scale) -> tuple[float, float] | None:
    if guide.band is None:
        return None
    start = axis.place(guide.band[0])
    return start, round(axis.place(guide.band[1]) - start, 2)


def _row(dot: Dot, axis: Scale, heading: str) -> DotRow:
    place = None if dot.value is None or not math.isfinite(dot.value) else axis.place(dot.value)
    ends = None
    cut = (False, False)
    if dot.low is not None and dot.high is not None and place is not None:
        ends = (axis.place(dot.low), axis.place(dot.high))
        cut = (not axis.holds(dot.low), not axis.holds(dot.high))
    mark = None if dot.mark is None else axis.place(dot.mark)
    return DotRow(dot, shortened(dot.label), shortened(heading), place, ends, cut, mark)


def _apart(ticks: Sequence[Tick]) -> list[Tick]:
    """Without those whose words would hang over an end of the track."""
    return [tick for tick in ticks if 2.0 <= tick.place <= 98.0] or list(ticks[:1])
