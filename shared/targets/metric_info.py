"""How to read a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["MetricInfo"]


@dataclass(frozen=True)
class MetricInfo:
    """How to read a metric: its unit ("share", "nats", "kW"…), which direction is better, what it says, and where its formula stands."""

    unit: str
    better: Literal["higher", "lower"]
    describe: str
    source: str
