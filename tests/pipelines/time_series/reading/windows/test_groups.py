from __future__ import annotations

import numpy as np

from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.windows.groups import make_groups

_EMPTY = (
    np.empty(0, "datetime64[s]"),
    np.empty(0, np.float64),
    np.empty((0, 0), np.float64),
    np.empty((0, 0), np.float64),
)
_SERIES = [Series("a", *_EMPTY, attributes={"region": "up"}), Series("b", *_EMPTY)]


def _groups(
    starts: list[str], *, step_seconds: int = 3600, means: list[float] | None = None
) -> dict[str, list[str]]:
    table = make_groups(
        _SERIES,
        np.arange(len(starts)) % 2,
        np.array(starts, dtype="datetime64[s]"),
        recent_means=np.array(means or [0.0] * len(starts)),
        level_limits=np.array([[1.0, 2.0], [10.0, 20.0]]),
        step_seconds=step_seconds,
    )
    return {str(name): values.tolist() for name, values in table.items()}


def test_hours_and_days_are_those_of_the_start() -> None:
    found = _groups(
        ["2020-01-03T05:59", "2020-01-04T06:00", "2020-01-05T23:00", "2020-01-06T12:00"]
    )
    assert found["hour"] == ["00-06 h", "06-12 h", "18-24 h", "12-18 h"]
    assert found["day"] == ["weekday", "weekend", "weekend", "weekday"]


def test_seasons_are_months() -> None:
    found = _groups(
        ["2020-12-31", "2020-02-29", "2020-03-01", "2020-06-01", "2020-09-01", "2020-11-30"]
    )
    assert found["season"] == ["Dec-Feb", "Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov", "Sep-Nov"]


def test_levels_are_relative_to_the_series() -> None:
    assert _groups(["2020-01-01"] * 4, means=[0.5, 30.0, 1.5, 1.5])["level"] == [
        "low",
        "high",
        "mid",
        "low",
    ]


def test_daily_data_have_no_hours() -> None:
    assert set(_groups(["2020-01-01"], step_seconds=86_400)) == {
        "series",
        "season",
        "level",
        "region",
    }


def test_attributes_that_a_series_lacks_are_unknown() -> None:
    found = _groups(["2020-01-01"] * 2)
    assert found["series"] == ["a", "b"]
    assert found["region"] == ["up", "unknown"]


def test_hours_and_days_go_by_the_clocks_of_the_zone() -> None:
    series = [Series("a", *_EMPTY, timezone="Europe/Berlin")]
    starts = np.array(
        ["2020-07-03T22:30"], dtype="datetime64[s]"
    )  # half past midnight of a Saturday in Berlin
    found = make_groups(
        series,
        np.zeros(1, int),
        starts,
        recent_means=np.zeros(1),
        level_limits=np.ones((1, 2)),
        step_seconds=900,
    )
    assert (found["hour"][0], found["day"][0]) == ("00-06 h", "weekend")
