from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.data import load, synthesize
from shared.contract import Splits
from shared.errors import DataError
from shared.loading.source import check_splits
from shared.targets import Horizon
from tests.pipelines.time_series.tables import configure, long_table, wide_table, write


def _load(table: pd.DataFrame, folder: Path, *assignments: str) -> Splits:
    return load(configure(*assignments, source=write(table, folder / "loads.csv")))


def test_fixed_row_counts_give_every_window_of_every_series(tmp_path: Path) -> None:
    splits = _load(wide_table(700), tmp_path, "data.split_steps=[400, 100, 150]")
    assert len(splits.train) == 2 * (400 - 48 - 6 + 1)
    assert len(splits.val) == 2 * (100 - 6 + 1)
    assert len(splits.test) == 2 * (150 - 6 + 1)
    check_splits(splits, batch_size=16)
    assert (
        "The last 50 time steps are not used, as data.split_steps says." in splits.provenance.notes
    )


def test_inputs_reach_back_into_the_part_before_but_targets_do_not(tmp_path: Path) -> None:
    table = wide_table(700)
    splits = _load(table, tmp_path, "data.split_steps=[400, 100, 150]")
    first = splits.test.rows(np.array([0]))
    north = table["north"].to_numpy(dtype=np.float64)
    assert splits.test.ids[0] == "north@2020-01-21T20:00"
    assert np.array_equal(first["window"][0, :, 0], north[452:500])
    assert np.array_equal(splits.test.targets[0, :, 0], north[500:506])
    assert np.array_equal(splits.test.targets[144, :, 0], north[644:650])


def test_strides_thin_out_windows(tmp_path: Path) -> None:
    splits = _load(
        wide_table(700), tmp_path, "data.train_stride_steps=5", "data.evaluation_stride_steps=24"
    )
    starts = [
        part.forecast.starts for part in (splits.train, splits.test) if part.forecast is not None
    ]
    assert [
        int(np.diff(one).astype(int).min(where=np.diff(one).astype(int) > 0, initial=10**9)) // 3600
        for one in starts
    ] == [5, 24]


def test_the_scale_is_that_of_the_training_part(tmp_path: Path) -> None:
    table = wide_table(700)
    table.loc[400:, "north"] += 1000.0  # a later jump must not leak into it
    splits = _load(table, tmp_path, "data.split_steps=[400, 100, 150]")
    context = splits.test.forecast
    assert context is not None
    train = table["north"].to_numpy()[:400]
    assert context.location[0, 0] == pytest.approx(train.mean(), rel=1e-5)
    assert context.scale[0, 0] == pytest.approx(train.std(), rel=1e-5)
    assert context.naive_error[0, 0] == pytest.approx(
        np.abs(train[24:] - train[:-24]).mean(), rel=1e-5
    )
    assert context.naive_squared_error[0, 0] == pytest.approx(
        ((train[24:] - train[:-24]) ** 2).mean(), rel=1e-5
    )
    assert np.array_equal(
        context.recent[0, :, 0], table["north"].to_numpy(dtype=np.float64)[476:500]
    )


def test_a_wide_and_a_long_table_give_the_same_examples(tmp_path: Path) -> None:
    wide, long = _load(wide_table(600), tmp_path), _load(long_table(600), tmp_path)
    assert wide.test.fingerprint() == long.test.fingerprint()


def test_future_covariates_belong_to_the_forecast_steps(tmp_path: Path) -> None:
    table = wide_table(600).assign(step=np.arange(600.0))
    splits = _load(table, tmp_path, "data.known_covariates=[step]")
    row = splits.train.rows(np.array([0]))
    assert row["window"].shape == (1, 48, 2)
    assert row["window"][0, :, 1].tolist() == list(range(48))
    assert row["future"][0, :, 0].tolist() == list(range(48, 54))
    assert row["future"].shape == (1, 6, 1 + 4)


def test_a_text_among_numbers_stops_the_run_naming_row_and_field(tmp_path: Path) -> None:
    table = wide_table(600).astype({"south": object})
    table.loc[41, "south"] = "broken"
    with pytest.raises(
        DataError,
        match=(
            r"1 of 2 inputs can't be used(.|\n)*loads.csv, row 42, field 'south': .*received"
            r" 'broken'"
        ),
    ):
        _load(table, tmp_path)


def test_few_bad_series_are_set_aside_up_to_the_stated_share(tmp_path: Path) -> None:
    table = wide_table(600).astype({"south": object})
    table.loc[41, "south"] = "broken"
    splits = _load(table, tmp_path, "data.max_quarantine_share=0.5")
    assert [problem.row for problem in splits.quarantine] == [42]
    assert set(splits.train.groups["series"]) == {"north"}
    assert splits.provenance.conditions == tuple(
        splits.train.groups
    )  # no group of series is one of people


def test_a_short_series_is_named(tmp_path: Path) -> None:
    table = long_table(600)
    short = table[(table["unique_id"] == "north") | (table.groupby("unique_id").cumcount() < 40)]
    with pytest.raises(
        DataError,
        match=r"series 'south' is too short: 40 steps, but a window needs .* 48 \+ 6 = 54",
    ):
        _load(short, tmp_path)


def test_a_series_that_begins_after_training_is_named(tmp_path: Path) -> None:
    table = long_table(600)
    late = table[(table["unique_id"] == "north") | (table.groupby("unique_id").cumcount() >= 500)]
    with pytest.raises(
        DataError, match=r"series 'south' has 0 values up to the end of the training split"
    ):
        _load(late, tmp_path)


def test_a_series_that_never_changes_in_training_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"series 'south' is constant \(3\.0\) up to the end of the training split"
    ):
        _load(wide_table(600).assign(south=3.0), tmp_path)


@pytest.mark.parametrize("rounding", [0.0, 1e-9])
def test_a_series_that_repeats_itself_has_no_naive_error(tmp_path: Path, rounding: float) -> None:
    noise = rounding * np.random.default_rng(0).normal(size=600)
    splits = _load(wide_table(600).assign(south=np.tile(np.arange(24.0), 25) + noise), tmp_path)
    assert splits.train.forecast is not None and splits.train.series is not None
    is_south = splits.train.series == "south"
    for errors in (splits.train.forecast.naive_error, splits.train.forecast.naive_squared_error):
        assert np.isnan(errors[is_south]).all()
        assert (errors[~is_south] > 0.0).all()


def test_the_target_says_what_the_clock_is(tmp_path: Path) -> None:
    target = _load(
        wide_table(1200, frequency="15min"), tmp_path, "data.lookback_steps=96", "data.unit=kW"
    ).target
    assert isinstance(target, Horizon)
    assert (target.steps, target.step_seconds, target.season_steps, target.unit) == (
        6,
        900,
        96,
        "kW",
    )


def test_monthly_data_need_no_code(tmp_path: Path) -> None:
    table = wide_table(400, frequency="MS")
    splits = _load(table, tmp_path, "data.lookback_steps=24", "data.calendar=[year]")
    check_splits(splits, batch_size=16)
    assert isinstance(splits.target, Horizon)
    assert splits.target.season_steps == 12


def test_demo_windows_are_as_many_as_asked_for_and_in_the_stated_shares() -> None:
    splits = synthesize(configure(), 200, seed=0)
    assert [len(part) for part in splits.by_split().values()] == [130, 30, 40]
    check_splits(splits, batch_size=16)


def test_demo_windows_come_with_ground_truth_of_the_canvas_shape() -> None:
    splits = synthesize(configure(), 100, seed=0)
    assert splits.test.ground_truth is not None
    assert splits.test.ground_truth(3).shape == (168 + 24, 1 + 3 + 4)


def test_demo_ground_truth_marks_holidays_of_the_windows_own_horizon() -> None:
    splits = synthesize(configure(), 2000, seed=0)
    assert splits.train.ground_truth is not None
    ahead = splits.train.rows(np.arange(len(splits.train)))["future"][:, :, 1]
    row = int(ahead.any(axis=1).argmax())
    assert ahead[row].any()
    assert np.array_equal(splits.train.ground_truth(row)[168:, 2], ahead[row])


def test_demo_bias_shows_in_the_naive_error_of_small_sites() -> None:
    def ratio(bias: float) -> float:
        splits = synthesize(configure(f"data.demo_group_bias={bias}"), 600, seed=0)
        context = splits.train.forecast
        assert context is not None
        relative = (context.naive_error / context.location)[:, 0]
        is_small = (splits.train.groups["size"] == "small").to_numpy()
        return float(relative[is_small].mean() / relative[~is_small].mean())

    assert ratio(1.0) > 1.2 * ratio(0.0)


def test_taking_examples_keeps_rows_targets_and_context_together() -> None:
    splits = synthesize(configure(), 200, seed=0)
    chosen = splits.train.take(np.array([5, 2]))
    assert np.array_equal(
        chosen.rows(np.array([0]))["window"],
        splits.train.rows(np.array([5]))["window"],
        equal_nan=True,
    )
    assert replace(chosen).forecast is not None
    assert np.array_equal(chosen.targets[1], splits.train.targets[2])
