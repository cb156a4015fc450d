"""Numbers for JSON, which knows no NaN."""

from __future__ import annotations

import math
from typing import Any

from shared.statistics.intervals import Estimate

__all__ = ["estimate_fields", "number_or_null"]


def number_or_null(value: float) -> float | None:
    """The value as a plain float; None if it is not finite."""
    return float(value) if math.isfinite(value) else None


def estimate_fields(estimate: Estimate) -> dict[str, Any]:
    """`value`, `ci_low`, `ci_high` (null where unavailable) and, if there is one, a `note` in words."""
    interval = estimate.interval
    fields: dict[str, Any] = {
        "value": number_or_null(estimate.value),
        "ci_low": None if interval is None else number_or_null(interval.low),
        "ci_high": None if interval is None else number_or_null(interval.high),
    }
    return fields | ({"note": estimate.note} if estimate.note else {})
