"""Visits to an invented clinic: a table whose label, its cause and its group bias are known."""

from __future__ import annotations

from data.clinic_visits.visits import (
    CLASS_NAMES,
    COLUMNS,
    DISTRICTS,
    GENERATOR_VERSION,
    LABEL_NOISE,
    NUMBERS,
    UPLAND,
    Visits,
    generate_visits,
)

__all__ = [
    "CLASS_NAMES",
    "COLUMNS",
    "DISTRICTS",
    "GENERATOR_VERSION",
    "LABEL_NOISE",
    "NUMBERS",
    "UPLAND",
    "Visits",
    "generate_visits",
]
