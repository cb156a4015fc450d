from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.series import Series, Statics
from pipelines.time_series.reading.series_statistics import fit_statistics
from pipelines.time_series.reading.windows import examples as examples_module
from pipelines.time_series.reading.windows.examples import ExampleMaker
from pipelines.time_series.reading.windows.index import WindowIndex, stack_series
from pipelines.time_series.reading.windows.partition import TimeSplit
from shared.contract import Examples

_LOOKBACK, _HORIZON = 48, 24


def _series(number: int, first: str, num_steps: int, step: str = "1h") -> Series:
    generator = np.random.default_rng(number)
    length = np.timedelta64(1, "h") if step == "1h" else np.timedelta64(90, "s")
    values = generator.normal(size=num_steps)
    values[::7] = np.nan
    return Series(
        name=f"s{number}",
        stamps=np.datetime64(first, "s") + np.arange(num_steps) * length,
        values=values,
        past=np.empty((num_steps, 0)),
        known=generator.normal(size=(num_steps, 1)),
        statics=Statics(np.empty(0), ()),
        attributes={"site": "north" if number % 2 else "south"},
    )


def _make(series: tuple[Series, ...]) -> Examples:
    data = TimeSeriesDataConfig(lookback_steps=_LOOKBACK, horizon_steps=_HORIZON, calendar=("day",))
    maker = ExampleMaker(
        series=series,
        store=stack_series(series, data),
        statistics=fit_statistics(series, [slice(None)] * len(series), 24),
        frequency=Frequency(alias="h", step_seconds=3600),
        season_steps=24,
    )
    places = [np.arange(_LOOKBACK, len(item.stamps) - _HORIZON) for item in series]
    owners = np.repeat(np.arange(len(series)), [len(each) for each in places])
    timeline = np.unique(np.concatenate([item.stamps for item in series]))
    return maker.make(WindowIndex(owners, np.concatenate(places)), TimeSplit(timeline))


def test_each_window_is_cut_from_its_own_series_and_clock() -> None:
    series = (
        _series(0, "2024-01-01", 200),
        _series(1, "2024-01-01", 200),
        _series(2, "2024-01-03T05:00", 150),  # another clock
    )
    examples = _make(series)
    rows = examples.rows(np.arange(len(examples)))
    for row in (0, 130, len(examples) - 1):
        item = next(one for one in series if one.name == str(examples.series[row]))  # type: ignore[index]
        place = int(np.flatnonzero(item.stamps == examples.forecast_context.starts[row])[0])
        ahead = slice(place, place + _HORIZON)
        assert examples.ids[row] == f"{item.name}@{str(item.stamps[place])[:16]}"
        np.testing.assert_array_equal(examples.targets[row, :, 0], item.values[ahead])
        np.testing.assert_array_equal(rows["future"][row, :, 0], item.known[ahead, 0])
        hours = item.stamps[ahead].astype("datetime64[h]").astype(np.int64) % 24
        np.testing.assert_allclose(rows["future"][row, :, 1], np.sin(hours * np.pi / 12), atol=1e-6)
        assert examples.groups["series"].iloc[row] == item.name
        assert examples.groups["site"].iloc[row] == item.attributes["site"]


def test_columns_do_not_depend_on_how_many_rows_are_computed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Half minutes in the second series only: ids of the first show seconds, too.
    series = (_series(0, "2024-01-01", 120), _series(1, "2024-01-01", 120, "90s"))
    whole = _make(series)
    monkeypatch.setattr(examples_module, "PIECE_ROWS", 7)
    pieces = _make(series)
    assert pieces.ids[0] == "s0@2024-01-03T00:00:00"
    assert pieces.fingerprint() == whole.fingerprint()
    one_by_one = [str(whole.ids[[row]][0]) for row in range(len(whole))]
    assert one_by_one == np.asarray(whole.ids).tolist()


def test_what_is_kept_of_a_window_is_its_number_and_its_groups() -> None:
    series = tuple(_series(number, "2024-01-01", 2000) for number in range(12))
    tracemalloc.start()
    examples = _make(series)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    of_series = sum(item.stamps.nbytes + 4 * item.values.nbytes for item in series)
    # Two numbers of 8 bytes and six groups of one: targets alone would be 192 bytes.
    assert (held - of_series) / len(examples) < 40
