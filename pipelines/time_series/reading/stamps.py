"""Time stamps as people write them -> datetime64[s]."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype
from pandas.tseries.api import guess_datetime_format

from shared.errors import DataError

__all__ = ["Stamps", "parse_stamps"]

_ZONE = re.compile(r"[:T]\d{2}(?:[.,]\d+)?\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$")
"""A time of day, then a zone: 05:00Z, 05:00+01:00, 05:00:00.5 -0500."""


@dataclass(frozen=True)
class Stamps:
    """A column of stamps.

    Attributes:
        moments: (rows,) datetime64[s]: UTC if the stamps say their zone, else the local time that
            stands there.
        have_zone: Whether they do.
    """

    moments: NDArray[np.datetime64]
    have_zone: bool


def parse_stamps(column: pd.Series, time_format: str | None, path: Path) -> Stamps:
    """Parse a column of stamps.

    Stamps with a time zone are turned into UTC, whatever their offsets.

    Args:
        column: Texts, or date-times as Parquet holds them.
        time_format: strptime format; None: ISO 8601, or the one other format that fits every row.
        path: The file, for messages.

    Raises:
        DataError: Naming the first row that can't be read, why the format can't be told, or that
            only some rows say their zone.
    """
    if is_datetime64_any_dtype(column):
        _require_all(column, column, path)
        return Stamps(_to_seconds(column), have_zone=isinstance(column.dtype, pd.DatetimeTZDtype))
    if is_numeric_dtype(column) and time_format is None:
        raise DataError(
            f"{path}, row 1, column {column.name!r}: expected a date and time, received the number"
            f" {column.iloc[0]}. Name the column of time stamps with --set data.time_column=…, or"
            " their format with --set data.time_format='%Y'."
        )
    codes, texts = pd.factorize(column.astype("string"))  # long tables repeat each stamp many times
    distinct = pd.Series(np.asarray(texts, dtype=object), dtype=object)
    parsed = _parse(distinct, time_format, column, path)
    stamps = parsed.reindex(codes).reset_index(drop=True)  # code -1, a missing stamp, becomes NaT
    _require_all(stamps, column, path)
    return Stamps(_to_seconds(stamps), _have_zone(distinct, codes, column, path))


def _have_zone(texts: pd.Series, codes: NDArray[np.int64], column: pd.Series, path: Path) -> bool:
    found = [_ZONE.search(text.strip()) is not None for text in texts]
    with_zone = np.array(found, dtype=np.bool_)[codes]
    if with_zone.all() or not with_zone.any():
        return bool(with_zone.all())
    first = int(with_zone.argmax())
    other = int((~with_zone).argmax())
    raise DataError(
        f"{path}, column {column.name!r}: row {first + 1} says its time zone"
        f" ({str(column.iloc[first])!r}) and row {other + 1} does not"
        f" ({str(column.iloc[other])!r}). Give all stamps a zone, or none and name theirs with"
        " --set data.timezone=Europe/Berlin."
    )


def _parse(texts: pd.Series, time_format: str | None, column: pd.Series, path: Path) -> pd.Series:
    if time_format is not None:
        return _read(texts, time_format)
    iso = _read(texts, "ISO8601")
    if iso.notna().all() or len(texts) == 0:
        return iso
    readings = [_read(texts, guess) for guess in _guesses(str(texts.iloc[0]))]
    complete = [reading for reading in readings if reading.notna().all()]
    if len(complete) > 1:
        raise DataError(
            f"{path}, column {column.name!r}: stamps such as {texts.iloc[0]!r} can be read with the"
            " day or with the month first. Say which, for example with --set"
            " data.time_format='%d/%m/%Y'."
        )
    return (complete or sorted([iso, *readings], key=lambda reading: -int(reading.notna().sum())))[
        0
    ]


def _read(texts: pd.Series, time_format: str) -> pd.Series:
    stamps: pd.Series = pd.to_datetime(texts, format=time_format, errors="coerce", utc=True)
    return stamps


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
        received = "nothing" if pd.isna(value) else repr(str(value))
        raise DataError(
            f"{path}, row {row + 1}, column {column.name!r}: expected a date and time, received"
            f" {received}. Correct the row, name another column with --set data.time_column=…, or"
            " the format with --set data.time_format=…."
        )


def _to_seconds(stamps: pd.Series) -> NDArray[np.datetime64]:
    return pd.to_datetime(stamps, utc=True).dt.tz_localize(None).to_numpy().astype("datetime64[s]")
