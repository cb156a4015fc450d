"""Formats of stamps: tried before they are used, read, and advised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from pipelines.time_series.reading.table.numbers import to_numbers

__all__ = [
    "COUNTED",
    "EPOCH_FORMATS",
    "advise_format",
    "is_digits",
    "read_moments",
    "why_not_a_format",
]

COUNTED = "steps"
"""The format of stamps that count steps: 1, 2, 3 …"""

EPOCH_FORMATS = {"epoch_s": 1, "epoch_ms": 1000}
"""Counts since 1970-01-01 00:00 UTC -> how many of them make a second."""
_ISO = "ISO8601"
_DIGITS = re.compile(r"\d+(\.\d+)?")
_FORMATS_BY_LENGTH = {
    4: ("%Y",),
    6: ("%Y%m",),
    8: ("%Y%m%d",),
    9: ("epoch_s",),
    10: ("%Y%m%d%H", "epoch_s"),
    12: ("%Y%m%d%H%M", "epoch_ms"),
    13: ("epoch_ms",),
    14: ("%Y%m%d%H%M%S",),
}
_YEARS = (1600, 2600)
"""What is read outside of these is no date, but another number."""
_FIRST = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
_OTHERS = (
    _FIRST.replace(day=5),
    _FIRST.replace(month=11),
    _FIRST.replace(hour=17),
    _FIRST.replace(minute=56),
)
_NEXT_YEAR = _FIRST.replace(year=2022)


def why_not_a_format(text: str) -> str | None:
    """Why stamps can't be read by a strptime format; None if they can.

    Tried on moments of our own: each must be read back, and those that the format writes
    differently must not become one.
    """
    if text in EPOCH_FORMATS or text in {_ISO, COUNTED}:
        return None
    moments = (_FIRST, *_OTHERS, _NEXT_YEAR)
    try:
        written = [moment.strftime(text) for moment in moments]
        found = read_moments(pd.Series(written, dtype=object), text)
    except (ValueError, re.error) as error:
        return f"not a strptime format ({error})"
    if found.isna().any():
        return "not a strptime format by which stamps can be read, such as %d/%m/%Y %H:%M"
    if written[0] == written[-1]:
        return "a format without a year (%Y), so that no stamp is a moment"
    if found.nunique() < len(set(written)):
        return "a format by which different stamps are one moment"
    return None


def read_moments(texts: pd.Series, time_format: str) -> pd.Series:
    """Moments in UTC, NaT where a text is not of the format.

    Raises:
        ValueError: It is no format.
        re.error: Nor is it.
    """
    per_second = EPOCH_FORMATS.get(time_format)
    if per_second is not None:
        seconds = to_numbers(texts) / per_second
        seconds[~(np.abs(seconds) < 2.0**37)] = np.nan  # years -2385 to 6325
        return pd.Series(pd.to_datetime(seconds, unit="s", errors="coerce", utc=True))
    stamps: pd.Series = pd.to_datetime(texts, format=time_format, errors="coerce", utc=True)
    return stamps


def is_digits(texts: Sequence[str]) -> bool:
    """Whether all stamps are plain numbers, so that only a format can tell what they count."""
    return bool(len(texts)) and all(_DIGITS.fullmatch(text.strip()) for text in texts)


def advise_format(texts: Sequence[str]) -> str | None:
    """The format by which all of these numbers are dates; None if none is plain."""
    lengths = {len(text.strip().partition(".")[0]) for text in texts}
    if len(lengths) != 1:
        return None
    for time_format in _FORMATS_BY_LENGTH.get(lengths.pop(), ()):
        moments = read_moments(pd.Series(list(texts), dtype=object), time_format)
        if moments.notna().all() and moments.dt.year.between(*_YEARS).all():
            return time_format
    return None
