from __future__ import annotations

import numpy as np

from pipelines.time_series.reading.calendar_features import calendar_features, calendar_names


def _features(stamp: str) -> list[float]:
    found = calendar_features(np.array([stamp], dtype="datetime64[s]"), ("day", "week", "year"))
    return [round(float(value), 3) for value in found[0]]


def test_names_match_the_columns() -> None:
    assert calendar_names(("day", "week")) == ("day sin", "day cos", "week sin", "week cos")
    assert calendar_features(
        np.array(["2020-01-01"], dtype="datetime64[s]"), ("day", "week")
    ).shape == (1, 4)


def test_a_day_begins_at_midnight_a_week_on_monday_and_a_year_in_january() -> None:
    assert _features("2018-01-01T00:00") == [0.0, 1.0] * 3  # a Monday


def test_a_quarter_of_a_day_is_a_quarter_of_the_circle() -> None:
    assert _features("2018-01-01T06:00")[:2] == [1.0, 0.0]
    assert _features("2018-01-04T12:00")[2:4] == [0.0, -1.0]  # half a week later


def test_moments_before_1970_are_no_exception() -> None:
    assert _features("1900-01-01T06:00")[:4] == [
        1.0,
        0.0,
        *_features("2018-01-01T06:00")[2:4],
    ]  # a Monday, too


def test_days_begin_by_the_clocks_of_the_zone() -> None:
    utc = np.array(
        ["2020-07-01T04:00", "2020-12-01T05:00"], dtype="datetime64[s]"
    )  # six o'clock in Berlin, summer and winter
    assert np.allclose(calendar_features(utc, ("day",), "Europe/Berlin")[:, 0], 1.0)
