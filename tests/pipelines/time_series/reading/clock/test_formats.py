"""Formats and frequencies are tried before work starts; what passes never fails later."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.time_series.reading.clock.formats import (
    guess_formats,
    looks_like_moments,
    why_not_a_format,
)
from pipelines.time_series.reading.frequency import Frequency, why_not_a_frequency
from pipelines.time_series.reading.stamps import parse_stamps
from shared.errors import DataError

_PATH = Path("loads.csv")
_STAMPS = ["2020-01-31 13:00", "31/01/2020", "1580475600", "2020", "", "x", "99999999999999"]
_parts = st.sampled_from(["%", *"YmdHMSyjbBaAwuUWGVpIfzZsQe-/: ,T%0x"])
_formats = st.one_of(st.text(max_size=12), st.lists(_parts, max_size=10).map("".join))


@pytest.mark.parametrize(
    "text",
    [
        *("%s", "%", "%Y%", "%Y%Y", "%Q", "%G-W%V", "%Y-W%W", "%d/%m", "%H:%M", "abc", "mixed"),
        *("%e %Y", "%-d", "%Y %U", "%%", "", "%Y\x00"),
    ],
)
def test_a_format_by_which_no_moment_can_be_read_is_refused(text: str) -> None:
    assert why_not_a_format(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("%Y", "%Y%m%d", "%d/%m/%Y %H:%M", "%Y-%j", "%G-W%V-%u", "%b %d, %Y %I:%M %p", "%y%m%d"),
        *("%Y-%m-%dT%H:%M:%S.%f%z", "epoch_s", "epoch_ms", "ISO8601", "(%Y)"),
    ],
)
def test_formats_that_people_use_pass(text: str) -> None:
    assert why_not_a_format(text) is None


@given(text=_formats)
@settings(max_examples=300, deadline=None)
def test_a_format_is_refused_in_words_or_works(text: str) -> None:
    if why_not_a_format(text) is None:
        for stamp in _STAMPS:
            with contextlib.suppress(DataError):
                parse_stamps(pd.Series([stamp], name="when"), text, _PATH)


@given(
    alias=st.one_of(
        st.text(max_size=6),
        st.builds(
            "{}{}".format,
            st.sampled_from(["", "-1", "0", "2", "1.5", "7", "90", "9999999", "1e3"]),
            st.sampled_from(["h", "D", "B", "MS", "W-TUE", "QE-FEB", "YS", "bh", "ns", "s", "SME"]),
        ),
    )
)
@settings(max_examples=150, deadline=None)
def test_a_frequency_is_refused_in_words_or_steps_forward(alias: str) -> None:
    if why_not_a_frequency(alias) is None:
        assert Frequency.named(alias).step_seconds > 0


@pytest.mark.parametrize("alias", ["-1h", "0h", "0MS", "ns", "100ms", "1000YE", "H", "fortnight"])
def test_steps_that_lead_nowhere_are_refused(alias: str) -> None:
    assert why_not_a_frequency(alias) is not None


@pytest.mark.parametrize(
    ("texts", "advised"),
    [
        (["1577836800", "1577840400"], "epoch_s"),
        (["1577836800000", "1577840400000"], "epoch_ms"),
        (["2020", "2021"], "%Y"),
        (["202001", "202002"], "%Y%m"),
        (["20200131", "20200201"], "%Y%m%d"),
        (["2020013100", "2020013101"], "%Y%m%d%H"),
        (["20200131000000"], "%Y%m%d%H%M%S"),
    ],
)
def test_digits_are_refused_with_the_format_that_reads_them(texts: list[str], advised: str) -> None:
    column = pd.Series(texts, name="when")
    with pytest.raises(DataError, match=f"--set data.time_format={advised}$"):
        parse_stamps(column, None, _PATH)

    assert parse_stamps(column, advised, _PATH).have_zone is advised.startswith("epoch")


def test_numbers_of_rows_are_no_stamps() -> None:
    with pytest.raises(DataError, match=r"received the number 0\. If the table has no stamps"):
        parse_stamps(pd.Series(["0", "1", "10"], name="row"), None, _PATH)


@pytest.mark.parametrize(
    ("texts", "time_format"),
    [
        (["2020-01-01 00:00:00.0", "2020-01-01 00:00:00.100"], None),
        (["1577836800.0", "1577836800.5"], "epoch_s"),
        (["1577836800000", "1577836800100"], "epoch_ms"),
    ],
)
def test_stamps_below_a_second_are_not_cut(texts: list[str], time_format: str | None) -> None:
    with pytest.raises(DataError, match=r"row 2, .* is finer than a second"):
        parse_stamps(pd.Series(texts, name="when"), time_format, _PATH)


@pytest.mark.parametrize(
    ("text", "day", "period"),
    [
        ("2020Q2", "2020-04-01", "quarter"),
        ("2020-Q2", "2020-04-01", "quarter"),
        ("Q2 2020", "2020-04-01", "quarter"),
        ("2T2020", "2020-04-01", "quarter"),
        ("2020-W05", "2020-01-27", "week"),
        ("2021W01", "2021-01-04", "week"),
        ("2020-W05-3", "2020-01-29", "week"),
        ("KW 5/2020", "2020-01-27", "week"),
        ("2020M05", "2020-05-01", "month"),
    ],
)
def test_periods_are_read_as_their_first_day_and_a_note_says_so(
    text: str, day: str, period: str
) -> None:
    read = parse_stamps(pd.Series([text], name="when"), None, _PATH)
    assert read.moments.tolist() == np.array([day], "datetime64[s]").tolist()
    assert f"name a {period}, and are read as its first day" in read.notes[0]


@pytest.mark.parametrize("text", ["2021-W53", "2020-W00", "2020M13", "2020Q5"])
def test_a_period_that_no_calendar_has_is_refused_by_row(text: str) -> None:
    with pytest.raises(DataError, match="row 1, column 'when'"):
        parse_stamps(pd.Series([text], name="when"), None, _PATH)


@pytest.mark.parametrize("time_format", ["iso_week", "quarter", "month"])
def test_formats_of_periods_can_be_set(time_format: str) -> None:
    assert why_not_a_format(time_format) is None


def test_a_date_kept_as_a_number_by_a_spreadsheet_is_refused_in_words() -> None:
    days = pd.Series([str(45_292 + day) for day in range(40)], name="Datum")
    with pytest.raises(DataError, match=r"45292 looks like .* spreadsheet .* here 2024-01-01"):
        parse_stamps(days, None, _PATH, is_named=True)
    assert parse_stamps(days, "steps", _PATH, is_named=True).are_counted
    steps = pd.Series([str(step) for step in range(1, 40)], name="Datum")
    assert parse_stamps(steps, None, _PATH, is_named=True).are_counted


def test_names_of_months_in_other_languages_are_refused_in_words() -> None:
    with pytest.raises(DataError, match="Names of months are read in English only"):
        parse_stamps(pd.Series(["1 mars 2026", "2 mars 2026"], name="date"), None, _PATH)
    read = parse_stamps(pd.Series(["1 March 2026", "15 March 2026"], name="date"), None, _PATH)
    assert read.moments.astype("datetime64[D]").astype(str).tolist() == ["2026-03-01", "2026-03-15"]


@pytest.mark.parametrize("written", ["%b %Y", "%B %Y", "%b-%Y", "%Y %b"])
def test_months_by_their_english_names_are_stamps(written: str) -> None:
    months = pd.Series(pd.date_range("2023-01-01", periods=14, freq="MS").strftime(written))
    assert looks_like_moments(months)
    assert written in guess_formats(str(months.iloc[0]))
