"""Cells of tables that show a value above its interval."""

from __future__ import annotations

from shared.evaluation.claims import Claim
from shared.formatting import (
    format_difference,
    format_difference_interval,
    format_interval,
    format_value,
)
from shared.reporting.page import Cell, Tone
from shared.statistics.intervals import Estimate

__all__ = ["DASH", "TONES", "difference_cell", "interval_of", "value_cell"]

TONES: dict[Claim, Tone] = {"shown": "good", "not shown": "warn", "contradicted": "bad"}
"""How a claim is coloured."""

DASH = Cell("–", tone="muted")
"""Where there is no value."""


def value_cell(estimate: Estimate | None, unit: str) -> Cell:
    """A value and its interval; a dash where there is no estimate."""
    if estimate is None:
        return DASH
    return Cell(format_value(estimate.value, unit), interval_of(estimate, unit))


def difference_cell(estimate: Estimate | None, unit: str, tone: Tone = "") -> Cell:
    """A signed difference and its interval; a dash where there is no estimate."""
    if estimate is None:
        return DASH
    interval = format_difference_interval(estimate.ci_low, estimate.ci_high, unit)
    return Cell(format_difference(estimate.value, unit), interval, tone)


def interval_of(estimate: Estimate, unit: str) -> str:
    """The interval of an estimate, its unit written once."""
    return format_interval(estimate.ci_low, estimate.ci_high, unit)
