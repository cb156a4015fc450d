"""Time stamps as people write them -> datetime64[s]."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype
from pandas.tseries.api import guess_datetime_format

from pipelines.time_series.reading.clock.counted import (
    MOST_STEPS,
    advise_counting,
    counts_steps,
)
from pipelines.time_series.reading.clock.formats import (
    EPOCH_FORMATS,
    advise_format,
    is_digits,
    read_moments,
)
from pipelines.time_series.reading.table.numbers import to_numbers
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = ["Stamps", "parse_stamps"]

_ZONE = re.compile(r"[:T]\d{2}(?:[.,]\d+)?\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$")
"""A time of day, then a zone: 05:00Z, 05:00+01:00, 05:00:00.5 -0500."""
_QUARTER = re.compile(r"\d{4}[- ]?[Qq][1-4]")
_WEEK = re.compile(r"\d{4}-?[Ww]\d{1,2}(-\d)?")


@dataclass(frozen=True)
class Stamps:
    """A column of stamps.

    Attributes:
        moments: (rows,) datetime64[s]: UTC if the stamps say their zone, else the local time that
            stands there.
        have_zone: Whether they do.
        are_counted: Whether they count steps; step 0 is then 1970-01-01, and a step a day.
    """

    moments: NDArray[np.datetime64]
    have_zone: bool
    are_counted: bool = False


def parse_stamps(
    column: pd.Series, time_format: str | None, path: Path, *, is_named: bool = False
) -> Stamps:
    """Parse a column of stamps.

    Stamps with a time zone are turned into UTC, whatever their offsets.

    Args:
        column: Texts, or date-times as Parquet holds them.
        time_format: strptime format, epoch_s or epoch_ms; None: ISO 8601, or the one other format
            that fits every row.
        path: The file, for messages.
        is_named: Whether the column's name says that it holds times.

    Raises:
        DataError: Naming the first row that can't be read, why the format can't be told, or that
            only some rows say their zone.
    """
    if is_datetime64_any_dtype(column):
        _require_all(column, column, path)
        return Stamps(
            _to_seconds(column, column, path),
            have_zone=isinstance(column.dtype, pd.DatetimeTZDtype),
        )
    if counts_steps(column, time_format, is_named=is_named):
        return _count(column, path)
    codes, texts = pd.factorize(column.astype("string"))  # long tables repeat each stamp many times
    distinct = pd.Series(np.asarray(texts, dtype=object), dtype=object)
    if time_format is None and is_digits(distinct[distinct.str.strip() != ""].tolist()):
        raise DataError(_only_digits(column, distinct, path))
    parsed = _parse(distinct, time_format, column, path)
    stamps = parsed.reindex(codes).reset_index(drop=True)  # code -1, a missing stamp, becomes NaT
    _require_all(stamps, column, path)
    seconds = _to_seconds(stamps, column, path)
    if time_format in EPOCH_FORMATS:
        return Stamps(seconds, have_zone=True)
    return Stamps(seconds, _have_zone(distinct, codes, column, path))


def _count(column: pd.Series, path: Path) -> Stamps:
    numbers = to_numbers(column)
    wrong = ~(np.abs(numbers) <= MOST_STEPS) | (numbers != np.round(numbers))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{path}, row {row + 1}, column {column.name!r}: expected a whole number of steps, at"
            f" most {MOST_STEPS:,}, received {str(column.iloc[row])!r}. Correct it, or number the"
            " rows from 1"
        )
    moments = numbers.astype(np.int64).astype("datetime64[D]").astype("datetime64[s]")
    return Stamps(moments, have_zone=False, are_counted=True)


def _only_digits(column: pd.Series, texts: pd.Series, path: Path) -> str:
    advised = advise_format(texts[texts.str.strip() != ""].tolist())
    how = (
        f"Say what it counts: {set_option('data.time_format', advised)}"
        if advised
        else f"{advise_counting(column)}. If another column holds them, name it (data.time_column)"
    )
    return (
        f"{path}, row 1, column {column.name!r}: expected a date and time, received the number"
        f" {column.iloc[0]}. {how}"
    )


def _have_zone(texts: pd.Series, codes: NDArray[np.int64], column: pd.Series, path: Path) -> bool:
    found = [_ZONE.search(text.strip()) is not None for text in texts]
    with_zone = np.array(found, dtype=np.bool_)[codes]
    if with_zone.all() or not with_zone.any():
        return bool(with_zone.all())
    zone = set_option("data.timezone", "Europe/Berlin")
    first = int(with_zone.argmax())
    other = int((~with_zone).argmax())
    raise DataError(
        f"{path}, column {column.name!r}: row {first + 1} says its time zone"
        f" ({str(column.iloc[first])!r}) and row {other + 1} does not"
        f" ({str(column.iloc[other])!r}). Give all stamps a zone, or none and name theirs with"
        f" {zone}"
    )


def _parse(texts: pd.Series, time_format: str | None, column: pd.Series, path: Path) -> pd.Series:
    if time_format is not None:
        return read_moments(texts, time_format)
    iso = read_moments(texts, "ISO8601")
    if iso.notna().all() or len(texts) == 0:
        return iso
    guesses = _guesses(str(texts.iloc[0]))
    readings = [read_moments(texts, guess) for guess in guesses]
    complete = [reading for reading in readings if reading.notna().all()]
    if len(complete) > 1:
        month_first, day_first = [set_option("data.time_format", guess) for guess in guesses]
        raise DataError(
            f"{path}, column {column.name!r}: stamps such as {texts.iloc[0]!r} can be read with the"
            f" day or with the month first. Say which: {day_first} or {month_first}"
        )
    return (complete or sorted([iso, *readings], key=lambda reading: -int(reading.notna().sum())))[
        0
    ]


def _guesses(text: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # says that the day comes first: both orders are tried
        guesses = [guess_datetime_format(text, dayfirst=dayfirst) for dayfirst in (False, True)]
    known = [guess for guess in dict.fromkeys(guesses) if guess is not None]
    return known[:1] if text[:4].isdigit() else known  # nobody writes year, day, month


def _require_all(stamps: pd.Series, column: pd.Series, path: Path) -> None:
    missing = stamps.isna().to_numpy()
    if missing.any():
        row = int(missing.argmax())
        value = column.iloc[row]
        text = "" if pd.isna(value) else str(value).strip()
        received = repr(text) if text else "nothing"
        raise DataError(
            f"{path}, row {row + 1}, column {column.name!r}: expected a date and time, received"
            f" {received}. {_advise(text)}"
        )


def _advise(text: str) -> str:
    if _QUARTER.fullmatch(text):
        return "Write a quarter as its first day, such as 2020-04-01 for 2020Q2."
    if _WEEK.fullmatch(text):
        return "Write a week as its Monday, such as 2020-01-27 for 2020-W05."
    if not text:
        return "Fill it in, or remove the row."
    return (
        "Correct the row. If all rows are written in this way, say how (data.time_format); if"
        f" another column holds the stamps, name it (data.time_column). {advise_counting()}."
    )


def _to_seconds(stamps: pd.Series, column: pd.Series, path: Path) -> NDArray[np.datetime64]:
    moments = pd.to_datetime(stamps, utc=True).dt.tz_localize(None).to_numpy()
    seconds = moments.astype("datetime64[s]")
    finer = moments != seconds
    if finer.any():
        row = int(finer.argmax())
        raise DataError(
            f"{path}, row {row + 1}, column {column.name!r}: {str(column.iloc[row])!r} is finer"
            " than a second, and clocks here count whole seconds. Take means over whole seconds."
        )
    return np.asarray(seconds)
