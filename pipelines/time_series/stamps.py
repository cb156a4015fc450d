"""Time stamps as people write them -> datetime64[s]."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype
from pandas.tseries.api import guess_datetime_format

from shared.errors import DataError

__all__ = ["parse_stamps"]


def parse_stamps(column: pd.Series, time_format: str | None, path: Path) -> NDArray[np.datetime64]:
    """Parse a column of stamps; stamps with a time zone are turned into UTC.

    Args:
        column: Texts, or date-times as Parquet holds them.
        time_format: strptime format; None: ISO 8601, or the one other format that fits every row.
        path: The file, for messages.

    Returns:
        (rows,) datetime64[s], without a zone.

    Raises:
        DataError: Naming the first row that can't be read, or why the format can't be told.
    """
    if is_datetime64_any_dtype(column):
        _require_all(column, column, path)
        return _to_seconds(column)
    if is_numeric_dtype(column) and time_format is None:
        raise DataError(
            f"{path}, row 1, column {column.name!r}: expected a date and time, received the number {column.iloc[0]}. "
            "Name the column of time stamps with --set data.time_column=…, or their format with --set data.time_format='%Y'."
        )
    codes, texts = pd.factorize(column.astype("string"))  # long tables repeat each stamp many times
    distinct = pd.Series(np.asarray(texts, dtype=object), dtype=object)
    parsed = _parse(distinct, time_format, column, path)
    stamps = parsed.reindex(codes).reset_index(drop=True)  # code -1, a missing stamp, becomes NaT
    _require_all(stamps, column, path)
    return _to_seconds(stamps)


def _parse(texts: pd.Series, time_format: str | None, column: pd.Series, path: Path) -> pd.Series:
    if time_format is not None:
        return pd.to_datetime(texts, format=time_format, errors="coerce", utc=True)
    iso = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
    if iso.notna().all() or len(texts) == 0:
        return iso
    readings = [pd.to_datetime(texts, format=guess, errors="coerce", utc=True) for guess in _guesses(str(texts.iloc[0]))]
    complete = [reading for reading in readings if reading.notna().all()]
    if len(complete) > 1:
        raise DataError(
            f"{path}, column {column.name!r}: stamps such as {texts.iloc[0]!r} can be read with the day or with the month first. "
            "Say which, for example with --set data.time_format='%d/%m/%Y'."
        )
    return (complete or sorted([iso, *readings], key=lambda reading: -int(reading.notna().sum())))[0]


def _guesses(text: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # says that the day comes first: both orders are tried
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
            f"{path}, row {row + 1}, column {column.name!r}: expected a date and time, received {received}. "
            "Correct the row, name another column with --set data.time_column=…, or the format with --set data.time_format=…."
        )


def _to_seconds(stamps: pd.Series) -> NDArray[np.datetime64]:
    return pd.to_datetime(stamps, utc=True).dt.tz_localize(None).to_numpy().astype("datetime64[s]")
