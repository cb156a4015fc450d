"""Covariates of every kind, from a table through the network.

Used, masked, and told from each other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.data import load, synthesize
from pipelines.time_series.models.ridge_residual import build_model
from pipelines.time_series.preprocess import build_decode, build_preprocess
from pipelines.time_series.reading.inputs import read_inputs
from shared.contract import Rows, Splits
from shared.model.target import encode_targets, loss
from tests.pipelines.time_series.tables import configure, long_table, write


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    whole = long_table(400)
    generator = np.random.default_rng(0)
    wind = np.where(generator.random(800) < 0.1, np.nan, generator.normal(5.0, 2.0, size=800))
    return whole.assign(
        wind=wind,
        price=generator.normal(size=800),
        area=np.repeat([10.0, 30.0], 400),
        region=np.repeat(["up", "down"], 400),
    )


@pytest.fixture(scope="module")
def config(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> TimeSeriesConfig:
    return configure(
        *(
            "data.value_column=y",
            "data.past_covariates=[wind]",
            "data.known_covariates=[price]",
            "data.static_covariates=[area]",
        ),
        *("data.static_categories=[region]", "front_end.max_static_categories=4"),
        source=write(table, tmp_path_factory.mktemp("covariates") / "loads.csv"),
    )


@pytest.fixture(scope="module")
def splits(config: TimeSeriesConfig) -> Splits:
    return load(config)


@pytest.fixture(scope="module")
def prepared(config: TimeSeriesConfig, splits: Splits) -> keras.Model:
    return build_preprocess(config, splits.train)


def _tensors(prepared: keras.Model, rows: Rows) -> dict[str, Any]:
    as_keras = {
        name: keras.ops.convert_to_tensor(value.tolist() if value.dtype.kind in "UO" else value)
        for name, value in rows.items()
    }
    return {name: np.asarray(tensor) for name, tensor in prepared(as_keras).items()}


def test_rows_hold_every_kind(splits: Splits) -> None:
    rows = splits.train.rows(np.array([0, len(splits.train) - 1]))
    assert {name: values.shape for name, values in rows.items()} == {
        "window": (2, 48, 3),
        "future": (2, 6, 5),
        "static": (2, 1),
        "category": (2, 1),
    }
    assert rows["category"].tolist() == [["up"], ["down"]]


def test_a_client_can_learn_what_stands_in_which_column(splits: Splits) -> None:
    assert splits.columns == {
        "window": ("value", "wind", "price"),
        "future": ("price", "day sin", "day cos", "week sin", "week cos"),
        "static": ("area",),
        "category": ("region",),
    }
    rows = splits.train.rows(np.array([0]))
    assert {name: values.shape[-1] for name, values in rows.items()} == {
        name: len(names) for name, names in splits.columns.items()
    }


def test_past_covariates_are_standardised_and_their_gaps_filled(
    splits: Splits, prepared: keras.Model
) -> None:
    tensors = _tensors(prepared, splits.train.rows(np.arange(len(splits.train))))
    assert np.isfinite(tensors["history"]).all()
    assert tensors["history"][..., 1].mean() == pytest.approx(0.0, abs=0.05)
    assert tensors["missing"][..., 1].mean() == pytest.approx(0.1, abs=0.03)


def test_static_covariates_become_one_tensor(splits: Splits, prepared: keras.Model) -> None:
    rows = dict(splits.train.rows(np.array([0, len(splits.train) - 1])))
    static = _tensors(prepared, rows)["static"]
    assert static.shape == (2, 2 + 1 + 4)
    assert static[:, :2].tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert static[:, 2].tolist() == [0.0, 0.0]  # both regions are known
    assert not np.array_equal(static[0, 3:], static[1, 3:])
    unknown = _tensors(
        prepared,
        {
            **rows,
            "static": np.full((2, 1), np.nan, np.float32),
            "category": np.array([[""], ["elsewhere"]]),
        },
    )
    assert unknown["static"].tolist() == [[0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]] * 2


def test_decode_is_the_identity_on_every_kind(config: TimeSeriesConfig, splits: Splits) -> None:
    rows = splits.train.rows(np.arange(2))
    decoded = _tensors(build_decode(config), rows)
    assert decoded["category"].tolist() == [[b"up"], [b"up"]]
    assert np.array_equal(decoded["window"], rows["window"], equal_nan=True)


def test_every_kind_reaches_the_forecast(
    config: TimeSeriesConfig, splits: Splits, prepared: keras.Model
) -> None:
    keras.utils.set_random_seed(0)
    model, rows = build_model(config, splits.target), dict(splits.test.rows(np.arange(4)))

    def forecast(changed: Rows) -> Any:
        return np.asarray(model(_tensors(prepared, changed)))

    def moved(name: str, column: int) -> Rows:
        values = rows[name].copy()
        values[..., column] += 3.0
        return {**rows, name: values}

    before = forecast(rows)
    others = {
        "region": {**rows, "category": np.array([["down"]] * 4)},
        "area": moved("static", 0),
        "price": moved("future", 0),
        "wind": moved("window", 1),
    }
    assert [
        name for name, changed in others.items() if np.array_equal(forecast(changed), before)
    ] == []


def test_the_preprocessing_reloads_with_its_categories(
    splits: Splits, prepared: keras.Model, tmp_path: Path
) -> None:
    prepared.save(tmp_path / "preprocess.keras")
    rows = splits.train.rows(np.array([0, len(splits.train) - 1]))
    first, second = (
        _tensors(prepared, rows),
        _tensors(keras.saving.load_model(tmp_path / "preprocess.keras"), rows),
    )
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_files_to_score_bring_every_kind(
    config: TimeSeriesConfig, table: pd.DataFrame, tmp_path: Path
) -> None:
    new = table.assign(y=table["y"].where(table["ds"] < "2020-01-17"))
    inputs = read_inputs(config, write(new, tmp_path / "new.csv"))
    assert not inputs.problems
    rows = inputs.rows(np.arange(2))
    assert rows["category"].tolist() == [["up"], ["down"]]
    assert rows["future"][0, 0, 0] == pytest.approx(table["price"][384])


@pytest.mark.slow
def test_the_network_learns_what_a_planned_shutdown_does() -> None:
    """The known answer: the same windows, with and without a shutdown of all hours ahead.

    It takes six tenths of the load.
    """
    assignments = (
        "data.horizon_steps=12",
        "data.lookback_steps=48",
        "model.hidden_units=48",
        "train.epochs=1",
    )
    config = configure(*assignments)
    splits = synthesize(config, 3000, seed=0)
    keras.utils.set_random_seed(0)
    prepared, model = build_preprocess(config, splits.train), build_model(config, splits.target)
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=loss(splits.target))
    tensors = _tensors(prepared, splits.train.rows(np.arange(len(splits.train))))
    model.fit(
        tensors, encode_targets(splits.target, splits.train), batch_size=64, epochs=6, verbose=0
    )
    rows = dict(splits.test.rows(np.arange(100)))
    forecasts = []
    for shutdown in (0.0, 1.0):
        future = rows["future"].copy()
        future[:, :, 2] = shutdown
        forecasts.append(
            np.asarray(model(_tensors(prepared, {**rows, "future": future})))[:, :, 0, 0]
        )
    ratio = float(np.median(forecasts[1].mean(axis=1) / forecasts[0].mean(axis=1)))
    assert 0.2 < ratio < 0.7
