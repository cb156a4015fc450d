from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.data import load, synthesize
from shared.contract import Splits
from shared.errors import ConfigError, DataError
from shared.loading.source import check_splits
from tests.pipelines.time_series.tables import configure, long_table, write

_NAMES = tuple(f"s{number}" for number in range(10))


def _load(table: pd.DataFrame, folder: Path, *assignments: str) -> Splits:
    return load(
        configure("data.split=cold_start", *assignments, source=write(table, folder / "loads.csv"))
    )


def _series(splits: Splits) -> dict[str, set[str]]:
    return {name: set(part.groups["series"]) for name, part in splits.by_split().items()}


def test_no_series_is_in_two_parts_and_each_is_its_own_entity(tmp_path: Path) -> None:
    splits = _load(long_table(600, _NAMES), tmp_path)
    found = _series(splits)
    assert [len(found[name]) for name in ("train", "val", "test")] == [6, 2, 2]
    assert found["train"] | found["val"] | found["test"] == set(_NAMES)
    assert set(splits.test.entities) == found["test"]
    check_splits(splits, batch_size=16)


def test_new_series_are_asked_about_after_the_training_period(tmp_path: Path) -> None:
    train, val, test = (
        part.forecast for part in _load(long_table(600, _NAMES), tmp_path).by_split().values()
    )
    assert train is not None
    assert val is not None
    assert test is not None
    assert train.starts.max() < val.starts.min()
    assert val.starts.max() < test.starts.min()


def test_a_held_out_series_is_measured_on_what_lies_before_its_first_forecast(
    tmp_path: Path,
) -> None:
    table = long_table(600, _NAMES)
    splits = _load(table, tmp_path)
    name, context = str(splits.test.groups["series"].iloc[0]), splits.test.forecast
    assert context is not None
    values = table[table["unique_id"] == name].set_index("ds")["y"]
    before = values[: str(context.starts[0]).replace("T", " ")].iloc[:-1]
    assert context.location[0, 0] == pytest.approx(before.mean(), rel=1e-5)
    assert context.scale[0, 0] == pytest.approx(before.std(ddof=0), rel=1e-5)


def test_changing_what_is_to_be_forecast_does_not_change_its_scale(tmp_path: Path) -> None:
    """The saboteur: a scale that looks into the test split."""
    table = long_table(600, _NAMES)
    before = _load(table, tmp_path).test.forecast
    late = table["ds"] >= "2020-01-21"  # of 25 days, the last 5 are the test split
    after = _load(table.assign(y=table["y"].where(~late, 5.0 * table["y"])), tmp_path).test.forecast
    assert before is not None
    assert after is not None
    assert np.array_equal(before.scale, after.scale)


def test_series_that_begin_after_training_are_held_out_first(tmp_path: Path) -> None:
    table = long_table(600, _NAMES)
    late = table[~table["unique_id"].isin(["s3", "s4"]) | (table["ds"] >= "2020-01-18")]
    assert _series(_load(late, tmp_path))["test"] == {"s3", "s4"}


def test_series_that_end_early_train(tmp_path: Path) -> None:
    table = long_table(600, _NAMES)
    for seed in range(3):
        early = table[~table["unique_id"].isin(["s3", "s4"]) | (table["ds"] < "2020-01-15")]
        assert {"s3", "s4"} <= _series(_load(early, tmp_path, f"train.seed={seed}"))["train"]


def test_another_seed_holds_out_others(tmp_path: Path) -> None:
    held = {
        frozenset(_series(_load(long_table(600, _NAMES), tmp_path, f"train.seed={seed}"))["test"])
        for seed in range(5)
    }
    assert len(held) > 1


def test_two_series_are_too_few(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"data.split=cold_start holds out whole series and needs at least 3, received 2",
    ):
        _load(long_table(600), tmp_path)


def test_series_that_all_end_before_the_test_can_not_be_held_out(tmp_path: Path) -> None:
    table = long_table(600, ("s0", "s1", "s2"))
    with pytest.raises(DataError, match=r"no series is left for 'val'"):
        _load(table[(table["unique_id"] == "s0") | (table["ds"] < "2020-01-15")], tmp_path)


def test_the_demo_has_a_cold_start_too() -> None:
    splits = synthesize(configure("data.split=cold_start"), 200, seed=0)
    found = _series(splits)
    assert not found["train"] & (found["val"] | found["test"])
    check_splits(splits, batch_size=16)


def test_ragged_series_are_split_at_the_same_moments(tmp_path: Path) -> None:
    table = long_table(600, ("early", "late", "whole"))
    ragged = table[
        (table["unique_id"] == "whole")
        | ((table["unique_id"] == "early") & (table["ds"] < "2020-01-12"))
        | ((table["unique_id"] == "late") & (table["ds"] >= "2020-01-10"))
    ]
    splits = load(configure(source=write(ragged, tmp_path / "loads.csv")))
    assert _series(splits) == {
        "train": {"early", "late", "whole"},
        "val": {"late", "whole"},
        "test": {"late", "whole"},
    }
    check_splits(splits, batch_size=16)


def _uneven(*lengths: int) -> pd.DataFrame:
    """Series of these lengths, each beginning where the one before it is in its middle."""
    parts, first = [], pd.Timestamp("2020-01-01")
    for number, length in enumerate(lengths):
        part = long_table(length, (f"s{number}",))
        shift = first - pd.Timestamp("2020-01-01")
        part["ds"] = pd.to_datetime(part["ds"]) + shift
        first += pd.Timedelta(hours=length // 2)
        parts.append(part)
    return pd.concat(parts)


def _load_by_ends(table: pd.DataFrame, folder: Path, *assignments: str) -> Splits:
    return _load(table, folder, "data.split=last_steps", *assignments)


def test_the_last_steps_of_each_series_are_its_test_whatever_its_calendar(tmp_path: Path) -> None:
    splits = _load_by_ends(_uneven(300, 90, 120), tmp_path)
    check_splits(splits, batch_size=16)
    for examples, rest in ((splits.val, 12), (splits.test, 6)):
        assert examples.forecast is not None
        assert set(examples.entities) == {"s0", "s1", "s2"}
        starts = dict(zip(examples.entities.tolist(), examples.forecast.starts, strict=True))
        assert starts["s0"] == np.datetime64("2020-01-01") + np.timedelta64(300 - rest, "h")
    assert splits.train.forecast is not None
    assert splits.train.forecast.starts.max() > splits.test.forecast_context.starts.min()


def test_training_never_sees_what_is_tested_in_the_same_series(tmp_path: Path) -> None:
    table = _uneven(300, 90, 120)
    splits = _load_by_ends(table, tmp_path)
    changed = table.copy()
    last = changed.groupby("unique_id").cumcount(ascending=False) < 12
    changed.loc[last, "y"] = 1000.0
    other = _load_by_ends(changed, tmp_path)
    everything = np.arange(len(splits.train))
    assert np.array_equal(splits.train.targets, other.train.targets)
    assert np.array_equal(
        splits.train.rows(everything)["window"], other.train.rows(everything)["window"]
    )
    assert np.array_equal(splits.test.forecast_context.scale, other.test.forecast_context.scale)
    context = splits.test.forecast_context
    of_first = table[table["unique_id"] == "s0"]["y"].to_numpy()[:-12]
    row = int(np.flatnonzero(splits.test.entities == "s0")[0])
    naive = np.abs(of_first[24:] - of_first[:-24]).mean()
    assert context.naive_error[row, 0] == pytest.approx(naive, rel=1e-6)


def test_a_series_that_is_too_short_to_be_tested_is_set_aside_by_name(tmp_path: Path) -> None:
    table = _uneven(300, 53, 90)
    with pytest.raises(DataError, match=r"1 of 3 .*\n.*series 's1' is too short: 53 steps"):
        _load_by_ends(table, tmp_path)
    splits = _load_by_ends(table, tmp_path, "data.max_quarantine_share=0.4")
    assert [problem.reason.split("'")[1] for problem in splits.quarantine] == ["s1"]
    assert set(splits.test.entities) == {"s0", "s2"}


def test_a_common_calendar_and_the_end_of_each_series_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match=r"data\.split_steps cuts one calendar"):
        configure("data.split=last_steps", "data.split_steps=[500, 50, 50]")
