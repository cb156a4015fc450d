"""Parity criteria: how far apart the groups are in the rates that each criterion speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.evaluation.number import estimate_fields
from shared.fairness.rates import GroupRate

__all__ = ["CRITERIA", "rates_entry"]

CRITERIA: dict[str, tuple[str, ...]] = {
    "equalised odds": ("recall", "false_positive_rate"),
    "equal opportunity": ("recall",),
    "demographic parity": ("selection_rate",),
    "predictive parity": ("precision",),
    "balanced accuracy": ("balanced_accuracy",),
    "calibration": ("calibration_gap",),
    "coverage": ("coverage",),
}
"""Criterion -> the rates that it wants to be equal, for every class (Barocas, Hardt & Narayanan 2023, chapter 3)."""


def rates_entry(rates: Sequence[GroupRate]) -> dict[str, Any]:
    """`rates` and `parity` of one attribute of `fairness.json`."""
    return {"rates": [_rate_entry(rate) for rate in rates], "parity": _parity_entries(rates)}


def _rate_entry(rate: GroupRate) -> dict[str, Any]:
    return {
        "metric": rate.metric,
        "class": rate.of_class,
        "group": rate.group,
        "n": rate.num_rows,
        "num_entities": rate.num_entities,
        "reason": rate.reason,
        "estimate": None if rate.value is None else estimate_fields(rate.value),
        "gap": None if rate.gap is None else estimate_fields(rate.gap),
    }


def _parity_entries(rates: Sequence[GroupRate]) -> list[dict[str, Any]]:
    """The largest difference of two groups by criterion, as fairlearn's `*_difference`, and where it is.

    It is never negative and grows with the number of groups, so it has no interval and gives no verdict; the signed gaps of `rates`
    have intervals. `num_compared` counts the rates that at least two groups have; the others are insufficient evidence.
    """
    entries = []
    for criterion, metrics in CRITERIA.items():
        concerned = sorted({(rate.metric, rate.of_class or "") for rate in rates if rate.metric in metrics})
        spreads = [spread for key in concerned if (spread := _spread(rates, *key)) is not None]
        if concerned:
            largest = max(spreads, key=lambda spread: float(spread["difference"])) if spreads else None
            entries.append({"criterion": criterion, "num_rates": len(concerned), "num_compared": len(spreads), "largest": largest})
    return entries


def _spread(rates: Sequence[GroupRate], metric: str, of_class: str) -> dict[str, Any] | None:
    known = [
        (rate.value.value, rate.group)
        for rate in rates
        if (rate.metric, rate.of_class or "") == (metric, of_class) and rate.value is not None
    ]
    if len(known) < 2:
        return None
    (low, lowest), (high, highest) = min(known), max(known)
    return {"metric": metric, "class": of_class or None, "difference": high - low, "lowest": lowest, "highest": highest}
