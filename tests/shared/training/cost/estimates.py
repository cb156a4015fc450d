"""Numbers within limits, for tests."""

from __future__ import annotations

from shared.run.artefacts.train_file import BoundedEstimate

__all__ = ["bounded"]


def bounded(
    value: float, low: float, high: float | None, *, unit: str = "kWh", method: str = "guessed"
) -> BoundedEstimate:
    return BoundedEstimate(value=value, low=low, high=high, unit=unit, method=method)
