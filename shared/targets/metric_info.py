"""The definition of a metric: how to read it, what it can be, and where its formula stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["MetricInfo"]


@dataclass(frozen=True)
class MetricInfo:
    """A metric.

    Definitions stand in `category_metrics.py` and `horizon_metrics.py`, formulas of rows beside
    them in this folder. `shared/statistics` takes bounds from here, and refuses a metric without a
    definition.

    Attributes:
        unit: "share", "nats", "kW"…
        better: The direction that is better.
        low: Smallest possible value.
        high: Largest possible value; infinite if there is none.
        describe: What it says.
        source: Where its formula stands: a paper with equation, or the formula in words.
    """

    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    describe: str
    source: str

    @property
    def optimum(self) -> float:
        """The value of a perfect model."""
        return self.high if self.better == "higher" else self.low
