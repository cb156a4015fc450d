"""The reader sections in the order of the page."""

from __future__ import annotations

from shared.reporting.reader import breaks, decide, forecasts, groups, see, why, worth

__all__ = ["READER_SECTIONS"]

READER_SECTIONS = (
    see.SECTION,
    forecasts.SECTION,
    decide.SECTION,
    groups.SECTION,
    breaks.SECTION,
    why.SECTION,
    worth.SECTION,
)
"""What a person reads after the brief."""
