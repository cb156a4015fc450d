"""Lines with their bands in a box of 100 × 100 that the page stretches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.reporting.drawing.figure import Figure
from shared.reporting.drawing.scale import Scale

__all__ = ["Curve", "CurvePanel", "DrawnCurve", "PanelFigure", "Role", "place_curves"]

Numbers = Sequence[float] | NDArray[np.float64] | NDArray[np.int64]

Role = Literal["main", "second", "observed", "past", "floor"]
"""How a line is drawn; the legend of the figure says what each means."""


@dataclass(frozen=True)
class Curve:
    """One line before it is placed; a value that is not finite interrupts it.

    Attributes:
        role: How it is drawn.
        x: Rising.
        y: As many.
        low: Lower end of the band; empty without one.
        high: Upper end.
        has_dots: Whether each value is marked.
    """

    role: Role
    x: Numbers
    y: Numbers
    low: Numbers = ()
    high: Numbers = ()
    has_dots: bool = False


@dataclass(frozen=True)
class DrawnCurve:
    """SVG paths; empty where there is nothing to draw."""

    role: Role
    line: str
    band: str
    dots: str


@dataclass(frozen=True)
class CurvePanel:
    """One box of curves.

    Attributes:
        name: What it shows.
        note: In a few words, what follows from it.
        curves: From the back to the front.
        y_labels: At the top and at the bottom.
        x_labels: At the left and at the right.
        line: Place of a horizontal line to compare with, from the top; None for none.
        divide: Place of a vertical line, from the left; None for none.
    """

    name: str
    note: str
    curves: tuple[DrawnCurve, ...]
    y_labels: tuple[str, str]
    x_labels: tuple[str, str]
    line: float | None = None
    divide: float | None = None


@dataclass(frozen=True)
class PanelFigure:
    """Boxes beside each other, and what is said of them.

    Attributes:
        figure: In words, with the numbers.
        panels: In reading order.
        legend: What each kind of line is.
        is_wide: Whether two fill a line; else four do.
    """

    figure: Figure
    panels: tuple[CurvePanel, ...]
    legend: tuple[tuple[Role, str], ...]
    is_wide: bool = False


def place_curves(curves: Iterable[Curve], x: Scale, y: Scale) -> tuple[DrawnCurve, ...]:
    """Lay curves out over common axes."""
    return tuple(_placed(curve, x, y) for curve in curves)


def _placed(curve: Curve, x: Scale, y: Scale) -> DrawnCurve:
    points = _points(curve.x, curve.y, x, y)
    dots = "".join(f"M{at}h0" for run in points for at in run) if curve.has_dots else ""
    lows = _points(curve.x[: len(curve.low)], curve.low, x, y)
    highs = _points(curve.x[: len(curve.high)], curve.high, x, y)
    band = "".join(
        f"M{' '.join([*low, *reversed(high)])}z" for low, high in zip(lows, highs, strict=False)
    )
    return DrawnCurve(curve.role, "".join(f"M{' '.join(run)}" for run in points), band, dots)


def _points(xs: Numbers, ys: Numbers, x: Scale, y: Scale) -> list[list[str]]:
    """Runs of places, one for each stretch without a gap."""
    runs: list[list[str]] = [[]]
    for at, value in zip(xs, ys, strict=True):
        if math.isfinite(value):
            runs[-1].append(f"{x.place(at):g},{round(100.0 - y.place(value), 2):g}")
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
