"""Time stamps as people write them -> datetime64[s]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype

from pipelines.time_series.reading.clock.counted import (
    MOST_STEPS,
    advise_counting,
    counts_steps,
)
from pipelines.time_series.reading.clock.formats import (
    COUNTED,
    EPOCH_FORMATS,
    PERIOD_FORMATS,
    advise_format,
    guess_formats,
    is_digits,
    read_moments,
)
from pipelines.time_series.reading.table.numbers import to_numbers
from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.files.column_words import is_called

__all__ = ["Stamps", "parse_stamps"]

_ZONE = re.compile(r"[:T]\d{2}(?:[.,]\d+)?\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$")
"""A time of day, then a zone: 05:00Z, 05:00+01:00, 05:00:00.5 -0500."""
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_SERIAL_DAYS = (30_000, 60_000)
"""1982 to 2064 in days since 1899-12-30, as spreadsheets count them."""
_SERIAL_START = np.datetime64("1899-12-30")


@dataclass(frozen=True)
class Stamps:
    """A column of stamps.

    Attributes:
        moments: (rows,) datetime64[s]: UTC if the stamps say their zone, else the local time that
            stands there.
        have_zone: Whether they do.
        are_counted: Whether they count steps; step 0 is then 1970-01-01, and a step a day.
        notes: Sentences for the report about how they were read.
    """

    moments: NDArray[np.datetime64]
    have_zone: bool
    are_counted: bool = False
    notes: tuple[str, ...] = ()


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
    if time_format is None and is_called(str(column.name), "time"):
        _refuse_serials(column, path)
    if counts_steps(column, time_format, is_named=is_named):
        return _count(column, path)
    codes, texts = pd.factorize(column.astype("string"))  # long tables repeat each stamp many times
    distinct = pd.Series(np.asarray(texts, dtype=object), dtype=object)
    if time_format is None and is_digits(distinct[distinct.str.strip() != ""].tolist()):
        raise _only_digits(column, distinct, path)
    period = time_format if time_format in PERIOD_FORMATS else None
    if time_format is None:
        period = _period_of(distinct)
    parsed = _parse(distinct, period or time_format, column, path)
    stamps = parsed.reindex(codes).reset_index(drop=True)  # code -1, a missing stamp, becomes NaT
    _require_all(stamps, column, path)
    seconds = _to_seconds(stamps, column, path)
    if time_format in EPOCH_FORMATS:
        return Stamps(seconds, have_zone=True)
    notes = () if period is None else (_period_note(column, period),)
    return Stamps(seconds, _have_zone(distinct, codes, column, path), notes=notes)


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


def _period_of(texts: pd.Series) -> str | None:
    """The kind of period that all stamps name; None if they do not."""
    for period in PERIOD_FORMATS:
        if len(texts) and read_moments(texts, period).notna().all():
            return period
    return None


def _period_note(column: pd.Series, period: str) -> str:
    return (
        f"Stamps such as {str(column.iloc[0]).strip()!r} name a {PERIOD_FORMATS[period]}, and are"
        " read as its first day."
    )


def _refuse_serials(column: pd.Series, path: Path) -> None:
    """Refuse a column of dates that a spreadsheet wrote as numbers: they would count steps."""
    numbers = to_numbers(column)
    low, high = _SERIAL_DAYS
    if not len(numbers) or not ((numbers >= low) & (numbers <= high)).all():
        return
    day = _SERIAL_START + np.timedelta64(int(numbers[0]), "D")
    raise DataError(
        f"{path}, row 1, column {column.name!r}: {str(column.iloc[0]).strip()} looks like the"
        f" number by which a spreadsheet keeps a date, here {day}. Format the column as a date"
        " (yyyy-mm-dd) there and save the table anew. If the numbers count steps, say so with"
        f" {set_option('data.time_format', COUNTED)}"
    )


def _only_digits(column: pd.Series, texts: pd.Series, path: Path) -> DataError:
    advised = advise_format(texts[texts.str.strip() != ""].tolist())
    how = (
        f"Say what it counts: {set_option('data.time_format', advised)}"
        if advised
        else f"{advise_counting(column)}. If another column holds them, name it (data.time_column)"
    )
    return DataError(
        f"{path}, row 1, column {column.name!r}: expected a date and time, received the number"
        f" {column.iloc[0]}. {how}",
        settings={"data.time_format": advised} if advised else {},
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
    guesses = guess_formats(str(texts.iloc[0]))
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
    if _LETTERS.search(text) and any(letter.isdigit() for letter in text):
        return (
            "Names of months are read in English only, and one way of writing holds for all rows:"
            " write 2026-03-05."
        )
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
