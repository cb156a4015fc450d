"""A series is the same series, however far from zero it lies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pipelines.time_series.data import load
from pipelines.time_series.models.ridge_residual import build_model
from pipelines.time_series.models.standardising import Moments, Standardising
from pipelines.time_series.preprocess import build_decode, build_preprocess
from shared.contract import Rows, Splits
from shared.errors import DataError
from shared.model.target import encode_targets, loss
from shared.targets.predictions import Predictions
from tests.pipelines.time_series.tables import configure, wide_table, write

_OFFSET = 1e9
"""Where float32 numbers lie 64 apart, twice the span of the series."""

_COLUMNS = ("data.past_covariates=[heads]", "data.known_covariates=[clock]")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Splits]:
    """The same loads at their level and far from zero, with two covariates likewise."""
    folder = tmp_path_factory.mktemp("offsets")
    generator = np.random.default_rng(1)
    table = wide_table(600).assign(heads=generator.normal(size=600), clock=np.arange(600.0))
    numbers = ["north", "south", "heads", "clock"]
    far = table.assign(**{name: table[name] + _OFFSET for name in numbers})
    paths = {"near": write(table, folder / "near.csv"), "far": write(far, folder / "far.csv")}
    return {name: load(configure(*_COLUMNS, source=path)) for name, path in paths.items()}


@pytest.fixture(scope="module")
def answers(both: Mapping[str, Splits]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Of each: the tensors of some windows, from a graph that went through its configuration."""
    config = configure(*_COLUMNS, source=Path("unused.csv"))
    found = {}
    for name, splits in both.items():
        keras.utils.set_random_seed(0)
        network = build_model(config, splits.target)
        built = build_preprocess(config, splits.train)
        preprocess = keras.Model.from_config(built.get_config())
        preprocess.set_weights(built.get_weights())
        row = build_decode(config)(_tensors(splits.test.rows(np.arange(8))), training=False)
        tensors = preprocess(row, training=False)
        found[name] = {key: np.asarray(value) for key, value in tensors.items()}
        found[name]["scores"] = np.asarray(network(tensors, training=False))
    return found


def _tensors(rows: Rows) -> dict[str, object]:
    return {name: keras.ops.convert_to_tensor(values) for name, values in rows.items()}


@pytest.mark.parametrize("name", ["history", "ahead", "ridge", "scale", "missing"])
def test_the_network_sees_the_same_tensors(
    answers: Mapping[str, Mapping[str, NDArray[np.float64]]], name: str
) -> None:
    np.testing.assert_allclose(answers["far"][name], answers["near"][name], rtol=0, atol=2e-4)


def test_forecasts_differ_by_the_offset_and_nothing_else(
    answers: Mapping[str, Mapping[str, NDArray[np.float64]]],
) -> None:
    near, far = answers["near"]["scores"], answers["far"]["scores"]
    assert far.dtype == np.float64
    np.testing.assert_allclose(far - _OFFSET, near, rtol=0, atol=1e-3)
    # What float32 would have left of them:
    assert np.abs(far.astype(np.float32).astype(np.float64) - far).max() > 1.0


def test_loss_and_errors_are_the_same(
    both: Mapping[str, Splits], answers: Mapping[str, Mapping[str, NDArray[np.float64]]]
) -> None:
    losses, errors = [], []
    for name, splits in both.items():
        test = splits.test.take(np.arange(8))
        scores = answers[name]["scores"]
        losses.append(float(loss(splits.target)(encode_targets(splits.target, test), scores)))
        forecasts = Predictions(test.ids, test.entities, test.targets, scores, test.forecast)
        metrics = splits.target.metrics(forecasts)
        errors.append([metrics[name] for name in ("mse_standardised", "mase", "crps", "skill")])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert errors[0] == pytest.approx(errors[1], rel=1e-3)


def test_a_series_whose_movement_float64_does_not_hold_is_refused_with_the_step(
    tmp_path: Path,
) -> None:
    table = wide_table(600)
    table["south"] += 1e16
    path = write(table, tmp_path / "far.csv")
    with pytest.raises(DataError) as caught:
        load(configure(source=path))
    assert "series 'south' moves by 4 up to the end of the training split" in str(caught.value)
    assert "at values of 1e+16, where numbers of 64 bits lie 2 apart" in str(caught.value)
    assert "Subtract a constant from the column" in str(caught.value)


def test_a_covariate_far_from_zero_keeps_its_spread() -> None:
    values = 1.7e9 + np.array([[0.0], [2.0], [np.nan], [4.0]])
    moments = Moments.of(lambda: [values[:2], values[2:]], 1)
    assert moments.mean == pytest.approx([1.7e9 + 2.0], rel=1e-15)
    assert moments.scale == pytest.approx([np.sqrt(8.0 / 3.0)], rel=1e-9)


@pytest.mark.parametrize("value", [0.0, 3.0, 0.1 + 1e9])
def test_a_covariate_that_does_not_move_has_the_scale_one(value: float) -> None:
    assert Moments.of(lambda: [np.full((7, 1), value)], 1).scale.tolist() == [1.0]


def test_standardising_survives_its_configuration() -> None:
    layer = Standardising([1.7e9], [3.0])
    again = Standardising.from_config(layer.get_config())
    numbers = keras.ops.convert_to_tensor(np.array([[1.7e9 + 3.0]]))
    assert np.asarray(again(numbers)).tolist() == [[1.0]]


def test_numbers_beyond_what_can_be_squared_are_refused(tmp_path: Path) -> None:
    table = wide_table(600).astype({"south": object})
    table.loc[5, "south"] = "1e39"
    with pytest.raises(DataError, match="expected a finite number, received '1e39'"):
        load(configure(source=write(pd.DataFrame(table), tmp_path / "large.csv")))
