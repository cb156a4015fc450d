from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pipelines.time_series.reading.frequency import Frequency, find_frequency
from shared.errors import DataError


def _clock(frequency: str, periods: int = 40) -> NDArray[np.datetime64]:
    return (
        pd.date_range("2020-01-01", periods=periods, freq=frequency)
        .to_numpy()
        .astype("datetime64[s]")
    )


@pytest.mark.parametrize(
    ("frequency", "step_seconds", "season_steps"),
    [
        ("15min", 900, 96),
        ("h", 3600, 24),
        ("D", 86_400, 7),
        ("W", 604_800, 52),
        ("MS", 28 * 86_400, 12),
        ("ME", 28 * 86_400, 12),
        ("B", 86_400, 5),
    ],
)
def test_the_frequency_and_its_season_follow_from_the_stamps(
    frequency: str, step_seconds: int, season_steps: int
) -> None:
    found = find_frequency([_clock(frequency)], "auto", "file.csv")
    assert found.step_seconds == step_seconds
    assert found.season_steps(None, lookback_steps=200) == season_steps
    assert np.array_equal(found.stamps(_clock(frequency)[0], 40), _clock(frequency))


def test_one_gap_does_not_hide_the_step() -> None:
    assert find_frequency([np.delete(_clock("h"), 7)], "auto", "file.csv").step_seconds == 3600


@pytest.mark.parametrize("frequency", ["MS", "ME", "QS", "YS", "B"])
def test_gaps_do_not_hide_a_calendar_step(frequency: str) -> None:
    clock = _clock(frequency)
    found = find_frequency([np.delete(clock, [3, 4, 9, 20])], "auto", "file.csv")
    assert np.array_equal(found.between(clock[0], clock[-1]), clock)


def test_two_steps_as_frequent_as_each_other_are_refused() -> None:
    clock = np.datetime64("2020-01-01", "s") + np.cumsum(np.tile([3600, 5400], 30)).astype(
        "timedelta64[s]"
    )
    with pytest.raises(
        DataError,
        match=r"5400 s apart \(51%\) and 3600 s apart \(49%\).*can't be told.*data.frequency",
    ):
        find_frequency([clock], "auto", "file.csv")


def test_a_draw_between_series_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"as many series have steps of 86400s as of 3600s \(1 each\)"
    ):
        find_frequency([_clock("D"), _clock("h")], "auto", "file.csv")


def test_most_series_decide() -> None:
    clocks = [_clock("D"), _clock("h"), _clock("h")]
    assert find_frequency(clocks, "auto", "file.csv").step_seconds == 3600


def test_a_configured_frequency_wins() -> None:
    assert find_frequency([_clock("h")], "30min", "file.csv").step_seconds == 1800


def test_a_single_stamp_has_no_step() -> None:
    with pytest.raises(DataError, match=r"file.csv: no series has two time stamps"):
        find_frequency([_clock("h", periods=1)], "auto", "file.csv")


def test_a_season_must_fit_into_the_window() -> None:
    with pytest.raises(
        DataError, match=r"A season of 24 steps .* is longer than data.lookback_steps=12"
    ):
        Frequency("h", 3600).season_steps(None, lookback_steps=12)


def test_an_unusual_step_needs_a_season() -> None:
    with pytest.raises(DataError, match=r"No usual season .* --set data.season_steps"):
        Frequency("7h", 7 * 3600).season_steps(None, lookback_steps=100)
    assert Frequency("7h", 7 * 3600).season_steps(24, lookback_steps=100) == 24
