from __future__ import annotations

import numpy as np

from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.windows.partition import TimeSplit
from pipelines.time_series.reading.windows.rules import ChosenWindows, choose_windows, describe_rule
from tests.pipelines.time_series.tables import configure

_STAMPS = np.datetime64("2020-01-01", "s") + np.arange(200) * np.timedelta64(3600, "s")
_DATA = configure("data.source=a.csv", "data.lookback_steps=48", "data.horizon_steps=6").data


def _choose(missing: slice, unknown: slice = slice(0, 0), **settings: object) -> ChosenWindows:
    values, known = np.arange(200, dtype=np.float64), np.ones((200, 1), np.float64)
    values[missing], known[unknown] = np.nan, np.nan
    series = Series("a", _STAMPS, values, np.empty((200, 0), np.float64), known)
    return choose_windows(
        "test", TimeSplit(_STAMPS[100:]), [series], _DATA.model_copy(update=settings), 1
    )


def test_without_gaps_every_window_is_used() -> None:
    chosen = _choose(slice(0, 0))
    assert chosen.index.places.tolist() == list(range(100, 195))
    assert (chosen.counts.num_possible, chosen.counts.num_used) == (95, 95)


def test_windows_with_too_few_observed_targets_are_left_out_and_counted() -> None:
    chosen = _choose(slice(150, 154))
    assert sorted(set(range(100, 195)) - set(chosen.index.places.tolist())) == [
        148,
        149,
        150,
    ]  # these see all four missing steps
    assert (chosen.counts.num_few_targets, chosen.counts.num_few_history) == (3, 0)


def test_windows_with_too_few_observed_history_are_left_out_and_counted() -> None:
    chosen = _choose(slice(100, 125))
    assert (
        chosen.counts.num_few_history == 24
    )  # starts 125 to 148 see all 25 of them, and 23 others
    assert not set(range(125, 149)) & set(chosen.index.places.tolist())


def test_windows_with_an_unknown_covariate_ahead_are_left_out_and_counted() -> None:
    data = configure(
        "data.source=a.csv",
        "data.known_covariates=[x]",
        "data.lookback_steps=48",
        "data.horizon_steps=6",
    ).data
    assert _choose(slice(0, 0), slice(150, 151)).counts.num_unknown_ahead == 6
    assert "every known covariate is there" in describe_rule(data)


def test_the_share_is_a_setting() -> None:
    assert _choose(slice(150, 151), min_observed_share=1.0).counts.num_few_targets == 6
    assert (
        "at least 50% of its 48 steps of history and of its 6 targets were observed"
        in describe_rule(_DATA)
    )


def test_every_possible_window_is_used_or_counted() -> None:
    counts = _choose(slice(105, 160), slice(170, 172)).counts
    assert (
        counts.num_possible
        == counts.num_used
        + counts.num_few_history
        + counts.num_few_targets
        + counts.num_unknown_ahead
    )
