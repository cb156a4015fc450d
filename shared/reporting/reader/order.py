"""The reader sections in the order of the page."""

from __future__ import annotations

from shared.reporting.reader import breaks, decide, forecasts, groups, worth

__all__ = ["READER_SECTIONS"]

READER_SECTIONS = (
    decide.SECTION,
    groups.SECTION,
    breaks.SECTION,
    forecasts.SECTION,
    worth.SECTION,
)
"""What a person reads after the brief."""
