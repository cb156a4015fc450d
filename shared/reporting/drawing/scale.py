"""From numbers to places on an axis, in percent of its length."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Scale", "Tick", "scale_over", "tick_words"]


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis.

    Attributes:
        place: Percent of the axis.
        value: The number there.
    """

    place: float
    value: float


@dataclass(frozen=True)
class Scale:
    """A straight axis, low < high."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Percent of the axis, from its low end; what lies beyond an end is put there."""
        share = (value - self.low) / (self.high - self.low)
        return round(100.0 * min(max(share, 0.0), 1.0), 2)

    def holds(self, value: float) -> bool:
        """Whether the value lies on the axis."""
        return self.low <= value <= self.high

    def ends(self, unit: str) -> tuple[str, str]:
        """The words at the high end and at the low end."""
        return _end_words(self.high, unit), _end_words(self.low, unit)

    def ticks(self, most: int = 6) -> tuple[Tick, ...]:
        """At most so many round numbers, evenly spaced; `most` is at least 2."""
        span = self.high - self.low
        rough = span / (most - 1)
        power = 10.0 ** math.floor(math.log10(rough))
        steps = [factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)]
        step = next(step for step in steps if step >= rough * (1.0 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        # 0.0 + …: no "-0".
        values = [0.0 + step * number for number in range(first, last + 1)]
        return tuple(Tick(self.place(value), value) for value in values)


def scale_over(values: Iterable[float], *, margin: float = 0.04) -> Scale:
    """An axis that holds all finite values, with a margin of its length at both ends.

    Without any it runs from 0 to 1; about a single value it reaches to both sides.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return Scale(0.0, 1.0)
    low = min(finite)
    high = max(finite)
    span = high - low
    room = margin * span if span > 1e-9 * max(abs(low), abs(high), 1e-300) else abs(high) or 1.0
    return Scale(low - room, high + room)


def tick_words(value: float, unit: str) -> str:
    """The words at a tick: as short as can be, shares in percent. The title says the unit.

    >>> tick_words(0.25, "share"), tick_words(-0.1, "share"), tick_words(2500.0, "kW")
    ('25', '−10', '2,500')
    """
    number = 100.0 * value if unit == "share" else value
    rounded = float(f"{number:.6g}")
    text = f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _end_words(value: float, unit: str) -> str:
    """The words at an end of an axis, where there is little room: three digits.

    >>> _end_words(1.0, "share"), _end_words(2985255.0, "kW"), _end_words(0.09552, "σ²")
    ('100 %', '2.99e6', '0.0955')
    """
    if unit == "share":
        return f"{tick_words(value, unit)} %"
    if abs(value) >= 1e5:
        return f"{value:.2e}".replace("e+0", "e").replace("e+", "e")
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
