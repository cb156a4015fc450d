"""A number that is known only within limits, with how it was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["BoundedEstimate", "add_estimates"]

_WIDE_SPREAD = 0.1
"""A relative half-width beyond which a third digit would say nothing."""


@dataclass(frozen=True)
class BoundedEstimate:
    """A value between two limits.

    Attributes:
        value: The best guess, ≥ 0.
        low: It is hardly less; at most `value`.
        high: It is hardly more; None where nothing bounds it from above.
        unit: Of all three.
        method: How it was found, as a phrase for people.
    """

    value: float
    low: float
    high: float | None
    unit: str
    method: str

    def as_json(self) -> dict[str, Any]:
        """Plain data, with no more digits than the limits allow.

        Two if they are far apart, four (or the units) if close.
        """
        high = self.value if self.high is None else self.high
        digits = 2 if high - self.low > 2 * _WIDE_SPREAD * self.value else 4
        return {
            "value": _rounded(self.value, digits),
            "low": _rounded(self.low, digits),
            "high": None if self.high is None else _rounded(self.high, digits),
            "unit": self.unit,
            "method": self.method,
        }


def add_estimates(estimates: Sequence[BoundedEstimate]) -> BoundedEstimate:
    """The sum of at least one estimate in one unit.

    Limits are added too, as if all erred the same way: nothing says that they don't.
    """
    highs = [one.high for one in estimates if one.high is not None]
    return BoundedEstimate(
        value=sum(one.value for one in estimates),
        low=sum(one.low for one in estimates),
        high=sum(highs) if len(highs) == len(estimates) else None,
        unit=estimates[0].unit,
        method="; ".join(one.method for one in estimates),
    )


def _rounded(value: float, digits: int) -> float | int:
    """`value` to so many significant digits, of four rather to the unit.

    Operations are counted one by one.
    """
    if value == 0 or not math.isfinite(value):
        return value
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return round(value, places) if places > 0 else int(round(value, places if digits == 2 else 0))
