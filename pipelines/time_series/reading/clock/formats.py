"""Formats of stamps: tried before they are used, read, and advised."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype
from pandas.tseries.api import guess_datetime_format

from pipelines.time_series.reading.table.numbers import to_numbers

__all__ = [
    "COUNTED",
    "EPOCH_FORMATS",
    "PERIOD_FORMATS",
    "advise_format",
    "guess_formats",
    "is_digits",
    "looks_like_moments",
    "read_moments",
    "why_not_a_format",
]

COUNTED = "steps"
"""The format of stamps that count steps: 1, 2, 3 …"""

EPOCH_FORMATS = {"epoch_s": 1, "epoch_ms": 1000}
"""Counts since 1970-01-01 00:00 UTC -> how many of them make a second."""
PERIOD_FORMATS = {"iso_week": "week", "quarter": "quarter", "month": "month"}
"""Formats of stamps that name a period, which is read as its first day -> that period."""
_PERIODS = {
    "iso_week": (
        r"(?P<year>\d{4})[- ]?(?:W|KW|S)(?P<part>\d{1,2})(?:-(?P<day>[1-7]))?",
        r"(?:W|KW|S) ?(?P<part>\d{1,2})[-/ ](?P<year>\d{4})",
    ),
    "quarter": (
        r"(?P<year>\d{4})[-/ ]?[QT](?P<part>[1-4])",
        r"(?:[QT](?P<part>[1-4])|(?P<other>[1-4])[QT])[-/ ]?(?P<year>\d{4})",
    ),
    "month": (r"(?P<year>\d{4})[- ]?M(?P<part>\d{1,2})",),
}
_ISO = "ISO8601"
_MONTH_NAMES = ("%b %Y", "%B %Y", "%b-%Y", "%Y %b", "%Y-%b")
"""Which pandas does not guess."""
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
_FEWEST_STAMPS = 2
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
    if text in EPOCH_FORMATS or text in PERIOD_FORMATS or text in {_ISO, COUNTED}:
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
    if time_format in PERIOD_FORMATS:
        days = [_first_day(text.strip(), time_format) for text in texts.astype(str)]
        return pd.Series(pd.to_datetime(pd.Series(days, dtype=object), utc=True))
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


def guess_formats(text: str) -> list[str]:
    """The strptime formats that a stamp may have, with the month and with the day first."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # says that the day comes first: both orders are tried
        guesses = [guess_datetime_format(text, dayfirst=dayfirst) for dayfirst in (False, True)]
    months = [item for item in _MONTH_NAMES if read_moments(pd.Series([text]), item).notna().all()]
    known = [guess for guess in dict.fromkeys([*guesses, *months]) if guess is not None]
    return known[:1] if text[:4].isdigit() else known  # nobody writes year, day, month


def looks_like_moments(column: pd.Series) -> bool:
    """Whether every cell could be a stamp: a date, or a period; numbers could be anything.

    Args:
        column: Of a few rows, as they were read.
    """
    if is_datetime64_any_dtype(column):
        return True
    texts = pd.Series(column.astype(str).str.strip().unique(), dtype=object)
    if len(texts) < _FEWEST_STAMPS or _holds_numbers(texts):
        return False
    formats = [_ISO, *PERIOD_FORMATS, *guess_formats(str(texts.iloc[0]))]
    return any(read_moments(texts, item).notna().all() for item in formats)


def _holds_numbers(texts: pd.Series) -> bool:
    """Whether some cell is a plain number."""
    return bool(np.isfinite(to_numbers(texts)).any())


def _first_day(text: str, period: str) -> date | None:
    """The first day of a period; None if the text names none of this kind."""
    found = (re.fullmatch(written, text, re.IGNORECASE) for written in _PERIODS[period])
    match = next((match for match in found if match is not None), None)
    if match is None:
        return None
    groups = match.groupdict()
    year = int(groups["year"])
    part = int(groups["part"] or groups["other"])
    try:
        if period == "iso_week":
            return date.fromisocalendar(year, part, int(groups.get("day") or 1))
        return date(year, part if period == "month" else 3 * part - 2, 1)
    except ValueError:  # a thirteenth month, a week 53 of a year with 52
        return None
