from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.reading.stamps import parse_stamps
from shared.errors import DataError

_PATH = Path("loads.csv")


def _parse(*texts: object, time_format: str | None = None) -> list[str]:
    return [
        str(stamp)
        for stamp in parse_stamps(pd.Series(list(texts), name="when"), time_format, _PATH).moments
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ("2020-03-01 05:00:00", "2020-03-02"),
        ("2020/3/1 5:00", "2020/3/2 0:00"),
        ("01.03.2020 05:00", "02.03.2020 00:00"),
        ("2020-03-01T06:00:00+01:00", "2020-03-02T00:00:00Z"),
    ],
)
def test_common_formats_are_told_from_the_file(texts: tuple[str, str]) -> None:
    # The third is read with the day first, because only so do all its rows make sense.
    extra = ("31.03.2020 00:00",) if "." in texts[0] else ()
    assert _parse(*texts, *extra)[:2] == ["2020-03-01T05:00:00", "2020-03-02T00:00:00"]


def test_an_order_of_day_and_month_that_can_not_be_told_is_refused() -> None:
    with pytest.raises(
        DataError,
        match=r"'01/02/2020' can be read with the day or with the month first.*data.time_format",
    ):
        _parse("01/02/2020", "02/02/2020")
    assert _parse("01/02/2020", time_format="%d/%m/%Y") == ["2020-02-01T00:00:00"]


def test_a_bad_stamp_is_named_by_row_and_column() -> None:
    with pytest.raises(
        DataError,
        match=r"loads.csv, row 2, column 'when': expected a date and time, received 'yesterday'",
    ):
        _parse("2020-01-01", "yesterday", "2020-01-03")


def test_a_missing_stamp_is_named() -> None:
    with pytest.raises(
        DataError, match="row 3, column 'when': expected a date and time, received nothing"
    ):
        _parse("2020-01-01", "2020-01-02", None)


def test_numbers_are_no_stamps_unless_a_format_says_so() -> None:
    with pytest.raises(DataError, match="received the number 1990"):
        _parse(1990, 1991)
    assert _parse(1990, 1991, time_format="%Y") == ["1990-01-01T00:00:00", "1991-01-01T00:00:00"]


def test_offsets_may_differ_from_row_to_row() -> None:
    texts = ("2020-03-29T01:00+01:00", "2020-03-29T03:00+02:00", "2020-03-29T02:00Z")
    assert _parse(*texts) == ["2020-03-29T00:00:00", "2020-03-29T01:00:00", "2020-03-29T02:00:00"]


def test_a_zone_in_some_rows_only_is_refused() -> None:
    with pytest.raises(
        DataError,
        match=r"row 2 says its time zone \('2020-01-01T01:00Z'\) and row 1 does not.*data.timezone",
    ):
        _parse("2020-01-01T00:00", "2020-01-01T01:00Z")


@pytest.mark.parametrize(
    ("text", "has_zone"),
    [
        ("2020-01-02", False),
        ("2020-01-02 05:00", False),
        ("2020-01-02T05:00:00-0500", True),
        ("2020-01-02 05:00Z", True),
    ],
)
def test_a_zone_is_told_from_a_date(text: str, has_zone: bool) -> None:
    assert parse_stamps(pd.Series([text], name="when"), None, _PATH).have_zone is has_zone


def test_date_times_of_parquet_are_taken_as_they_are() -> None:
    stamps = pd.Series(
        pd.date_range("2020-01-01", periods=2, freq="h", tz="Europe/Berlin"), name="when"
    )
    assert parse_stamps(stamps, None, _PATH).moments.astype(str).tolist() == [
        "2019-12-31T23:00:00",
        "2020-01-01T00:00:00",
    ]
    assert parse_stamps(stamps, None, _PATH).moments.dtype == np.dtype("datetime64[s]")
