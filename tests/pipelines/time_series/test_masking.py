"""What was not observed counts nowhere.

From a CSV with gaps to the ridge, the network, the loss and the metrics.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.data import load
from pipelines.time_series.models.ridge_fit import fit_ridge
from pipelines.time_series.models.ridge_residual import build_model
from pipelines.time_series.preprocess import build_preprocess
from shared.calibration.fit import fit_horizon
from shared.contract import Examples, Splits
from shared.datasheet.datasheet import make_datasheet
from shared.evaluation.measure import measure_split
from shared.model.target import encode_targets, loss
from shared.run.artefacts.data.datasheet import HorizonDatasheet
from shared.statistics.bootstrap import Resampling
from shared.targets import Horizon
from shared.targets.predictions import Predictions, Scores
from tests.pipelines.time_series.tables import configure, wide_table, write

_MISSING = slice(200, 211)
_LOST = [*range(560, 564)]


def _config(path: Path) -> TimeSeriesConfig:
    return configure("data.split_steps=[400, 100, 100]", source=path)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> TimeSeriesConfig:
    table = wide_table(600)
    table.loc[_MISSING, "north"] = np.nan
    return _config(write(table.drop(index=_LOST), tmp_path_factory.mktemp("gaps") / "loads.csv"))


@pytest.fixture(scope="module")
def splits(config: TimeSeriesConfig) -> Splits:
    return load(config)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    return load(_config(write(wide_table(600), tmp_path_factory.mktemp("whole") / "loads.csv")))


@pytest.fixture(scope="module")
def scores(config: TimeSeriesConfig, splits: Splits) -> Scores:
    keras.utils.set_random_seed(0)
    prepared = build_preprocess(config, splits.train)
    return np.asarray(
        build_model(config, splits.target)(
            prepared(dict(splits.test.rows(np.arange(len(splits.test)))))
        )
    )


def _with_targets(examples: Examples, filler: float) -> Examples:
    """The same examples with another number where nothing was observed."""
    return replace(examples, targets=np.where(np.isnan(examples.targets), filler, examples.targets))


def test_gaps_reach_windows_and_targets_as_nan(splits: Splits, whole: Splits) -> None:
    for part, other in ((splits.train, whole.train), (splits.test, whole.test)):
        kept = np.flatnonzero(np.isin(other.ids, part.ids))
        assert np.isnan(part.targets).any()
        assert np.array_equal(
            np.where(np.isnan(part.targets), other.targets[kept], part.targets), other.targets[kept]
        )


def test_what_is_masked_is_counted(splits: Splits) -> None:
    assert splits.forecast_facts is not None
    counts = {item.split: item for item in splits.forecast_facts.windows}
    datasheet = make_datasheet(splits)
    assert isinstance(datasheet, HorizonDatasheet)
    masked = datasheet.series.masked["test"]
    assert masked.n == splits.test.targets.size
    assert masked.num_masked == int(np.isnan(splits.test.targets).sum()) > 0
    assert (
        counts["train"].num_few_targets == 11
    )  # windows that see more than three of the twelve steps
    assert [
        (item.name, item.num_steps - item.num_observed, item.num_gaps)
        for item in splits.forecast_facts.series
    ] == [
        ("north", 16, 2),
        ("south", 4, 1),
    ]


def test_scores_are_finite_whatever_is_missing(scores: Scores) -> None:
    assert np.isfinite(scores).all()


def test_the_loss_does_not_see_what_was_not_observed(splits: Splits, scores: Scores) -> None:
    measure = loss(splits.target)
    labels = encode_targets(splits.target, splits.test)
    moved = np.where(labels[..., 1:] > 0, scores[..., :], scores[..., :] + 1e3)
    assert float(measure(labels, moved)) == pytest.approx(float(measure(labels, scores)), rel=1e-6)
    # A loss that counts a number put in for a gap would differ:
    ignored = encode_targets(splits.target, _with_targets(splits.test, 0.0))
    assert float(measure(ignored, moved)) > 100.0 * float(measure(labels, moved))


def test_the_metrics_do_not_see_what_was_not_observed(splits: Splits, scores: Scores) -> None:
    assert isinstance(splits.target, Horizon)
    test = splits.test
    predictions = Predictions(test.ids, test.entities, test.targets, scores, test.forecast)
    moved = replace(
        predictions,
        scores=np.where(np.isnan(test.targets)[..., None], scores + 1e3, scores),
    )
    before, after = splits.target.metrics(predictions), splits.target.metrics(moved)
    assert all(np.isfinite(value) for value in before.values())
    assert before == pytest.approx(after, rel=1e-9)
    # Metrics that count a number put in for a gap would differ:
    counted = replace(moved, targets=_with_targets(test, 0.0).targets)
    assert splits.target.metrics(counted)["mse_standardised"] > 100.0 * before["mse_standardised"]


def test_intervals_are_calibrated_on_what_was_observed(splits: Splits, scores: Scores) -> None:
    assert isinstance(splits.target, Horizon)
    test = splits.test
    predictions = Predictions(test.ids, test.entities, test.targets, scores, test.forecast)
    moved = replace(
        predictions,
        scores=np.where(np.isnan(test.targets)[..., None], scores + 1e3, scores),
    )
    assert fit_horizon(splits.target, moved) == fit_horizon(splits.target, predictions)
    assert fit_horizon(
        splits.target, replace(moved, targets=_with_targets(test, 0.0).targets)
    ) != fit_horizon(splits.target, predictions)


def test_baselines_intervals_and_groups_count_what_was_observed(
    splits: Splits, scores: Scores
) -> None:
    assert isinstance(splits.target, Horizon)
    test = splits.test
    predictions = Predictions(test.ids, test.entities, test.targets, scores, test.forecast)
    moved = replace(
        predictions,
        scores=np.where(np.isnan(test.targets)[..., None], scores + 1e3, scores),
    )
    resampling = Resampling(100, 0.95, (0, 1))
    before, after = (
        measure_split(splits.target, part, None, resampling) for part in (predictions, moved)
    )
    assert before.metrics == after.metrics
    assert before.baselines == after.baselines
    assert before.differences == after.differences
    for name, errors in splits.target.row_errors(predictions).items():
        assert np.allclose(errors, splits.target.row_errors(moved)[name], equal_nan=True)


def test_the_ridge_gives_no_weight_to_targets_that_were_not_observed(
    splits: Splits, whole: Splits
) -> None:
    honest = fit_ridge(splits.train, 2).weights
    complete = fit_ridge(whole.train, 2).weights
    filled = fit_ridge(_with_targets(splits.train, 0.0), 2).weights
    assert np.abs(honest - complete).max() < 0.5 * np.abs(filled - complete).max()


def test_the_network_is_told_what_was_filled(config: TimeSeriesConfig, splits: Splits) -> None:
    rows = splits.train.rows(np.arange(len(splits.train)))
    tensors = build_preprocess(config, splits.train)(dict(rows))
    assert np.array_equal(np.asarray(tensors["missing"]) == 1.0, np.isnan(rows["window"]))
    assert np.isfinite(np.asarray(tensors["history"])).all()


def test_complete_data_train_exactly_as_if_nobody_asked_for_gaps(
    config: TimeSeriesConfig, splits: Splits
) -> None:
    model = build_model(config, splits.target)
    layers = [layer for layer in model.layers if layer.name in {"gaps", "gaps_same_place"}]
    assert len(layers) == 2
    assert not any(np.asarray(layer.kernel).any() for layer in layers)


def test_naive_forecasts_step_over_gaps(splits: Splits) -> None:
    assert splits.test.forecast is not None
    assert np.isfinite(splits.test.forecast.recent).all()


def test_a_history_of_nothing_gives_no_forecast(config: TimeSeriesConfig, splits: Splits) -> None:
    rows = {name: values.copy() for name, values in splits.test.rows(np.arange(2)).items()}
    rows["window"][1] = np.nan
    found = np.asarray(
        build_model(config, splits.target)(build_preprocess(config, splits.train)(rows))
    )
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
