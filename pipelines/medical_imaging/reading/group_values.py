"""Group attributes as they stand in tables -> the values that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from shared.contract import UNKNOWN

__all__ = ["age_bands", "band_names", "known_value"]

_MISSING = {"", UNKNOWN, "na", "n/a", "nan"}
_OLDEST_YEARS = 120.0


def known_value(value: str) -> str:
    """The value itself, or `UNKNOWN` where a table says that it does not know."""
    return UNKNOWN if value.strip().lower() in _MISSING else value.strip()


def age_bands(ages: pd.Series, edges_years: Sequence[int]) -> list[str | None]:
    """The band of each age.

    Args:
        ages: (n,) text: years, with or without decimals.
        edges_years: First year of each band but the youngest, increasing.

    Returns:
        For example "30-44"; `UNKNOWN` where not given; None where it is no age (0 to 120).
    """
    names = band_names(edges_years)
    return [_band(known_value(str(age)), edges_years, names) for age in ages]


def band_names(edges_years: Sequence[int]) -> tuple[str, ...]:
    """Names from the youngest band to the oldest, one more than edges."""
    middle = [f"{first}-{following - 1}" for first, following in pairwise(edges_years)]
    return (f"under {edges_years[0]}", *middle, f"{edges_years[-1]} and over")


def _band(age: str, edges_years: Sequence[int], names: Sequence[str]) -> str | None:
    if age == UNKNOWN:
        return UNKNOWN
    try:
        years = float(age)
    except ValueError:
        return None
    if not 0.0 <= years <= _OLDEST_YEARS:
        return None
    return names[sum(years >= edge for edge in edges_years)]
