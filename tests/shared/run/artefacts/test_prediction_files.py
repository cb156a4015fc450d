from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from shared.errors import MissingArtefactError
from shared.run.artefacts import prediction_files
from shared.run.artefacts.prediction_files import (
    read_baselines,
    read_folds,
    read_perturbations,
    read_predictions,
    write_baselines,
    write_perturbations,
    write_predictions,
)
from shared.run.directory import RunDirectory
from shared.targets.predictions import ForecastContext, Predictions


def _classes(num: int, seed: int = 0) -> Predictions:
    generator = np.random.default_rng(seed)
    names = np.asarray([f"Bild „{row}“\n" for row in range(num)], dtype=np.str_)
    return Predictions(
        names,
        names[::-1],
        generator.integers(0, 3, num),
        generator.normal(size=(num, 3)).astype(np.float32),
    )


def _forecasts(num: int) -> Predictions:
    generator = np.random.default_rng(1)

    def normal(*shape: int) -> Any:
        return generator.normal(size=shape).astype(np.float32)

    starts = np.asarray(
        ["1650-01-01T00:00:00", "2024-03-31T01:59:59", "2999-12-31T23:00:00"], dtype="datetime64[s]"
    )[:num]
    targets = normal(num, 4, 2)
    targets[0, 1, 0] = np.nan
    ids = np.asarray([f"s{row}" for row in range(num)])
    return Predictions(
        ids,
        ids,
        targets,
        normal(num, 4, 2, 3),
        ForecastContext(starts, normal(num, 5, 2), *(normal(num, 2) for _ in range(4))),
    )


def _assert_equal(first: Predictions, second: Predictions) -> None:
    for name in ("ids", "entities", "targets", "scores"):
        one, other = getattr(first, name), getattr(second, name)
        assert {one.dtype.kind, other.dtype.kind} in ({"O", "U"}, {other.dtype.kind}), name
        np.testing.assert_array_equal(one, other, err_msg=name)
    assert first.scores.dtype == second.scores.dtype == np.float32
    assert (first.forecast is None) == (second.forecast is None)
    if first.forecast is not None and second.forecast is not None:
        for name in first.forecast.__dataclass_fields__:
            np.testing.assert_array_equal(
                getattr(first.forecast, name), getattr(second.forecast, name), err_msg=name
            )


@pytest.mark.parametrize("num", [0, 1, 6])
def test_class_predictions_round_trip(run: RunDirectory, num: int) -> None:
    write_predictions(run, "test", _classes(num))
    _assert_equal(read_predictions(run, "test"), _classes(num))


def test_one_long_name_takes_no_more_than_its_own_room(run: RunDirectory) -> None:
    """Else 400 characters of one entity are 1,600 bytes of every row."""
    made = _classes(1_000)
    made = replace(made, entities=np.where(np.arange(1_000) == 3, "e" * 400, "e"))
    write_predictions(run, "test", made)
    read = read_predictions(run, "test")
    np.testing.assert_array_equal(read.entities, made.entities)
    assert made.entities.nbytes > 100 * read.entities.nbytes
    assert read.entities[0] is read.entities[1]


def test_long_splits_are_written_a_row_group_at_a_time(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction_files, "_GROUP_ROWS", 2)
    path = run.path / "predictions/val.parquet"
    write_predictions(run, "val", _forecasts(3))
    _assert_equal(read_predictions(run, "val"), _forecasts(3))
    assert pq.ParquetFile(path).num_row_groups == 2
    folds = np.array([2, 1, 2, 1, 1])
    write_predictions(run, "val", _classes(5), folds)
    _assert_equal(read_predictions(run, "val"), _classes(5))
    np.testing.assert_array_equal(read_folds(run, "val"), folds)
    assert pq.ParquetFile(path).num_row_groups == 3


def test_forecasts_round_trip_with_shapes_moments_and_gaps(run: RunDirectory) -> None:
    write_predictions(run, "val", _forecasts(3))
    _assert_equal(read_predictions(run, "val"), _forecasts(3))


def test_perturbations_of_different_sizes_come_back_apart_and_in_order(run: RunDirectory) -> None:
    perturbations = {
        ("noise", 2): _classes(5, 2),
        ("noise", 1): _classes(3, 1),
        ("swap", 1): _classes(4, 3),
    }
    write_perturbations(run, perturbations)
    found = read_perturbations(run)
    assert list(found) == list(perturbations)
    for key, predictions in perturbations.items():
        _assert_equal(found[key], predictions)


def test_forecast_perturbations_keep_their_rows_together(run: RunDirectory) -> None:
    perturbations = {("gap", 1): _forecasts(3), ("gap", 2): _forecasts(2)}
    write_perturbations(run, perturbations)
    for key, predictions in read_perturbations(run).items():
        _assert_equal(predictions, perturbations[key])


def test_pipeline_without_perturbations_has_an_empty_file(run: RunDirectory) -> None:
    write_perturbations(run, {})
    assert read_perturbations(run) == {}


def test_baselines_come_back_by_name_and_in_order(run: RunDirectory) -> None:
    baselines = {"ridge": _forecasts(3), "drift": _forecasts(2)}
    write_baselines(run, baselines)
    found = read_baselines(run)
    assert list(found) == list(baselines)
    for name, predictions in baselines.items():
        _assert_equal(found[name], predictions)


def test_pipeline_without_baselines_has_an_empty_file(run: RunDirectory) -> None:
    write_baselines(run, {})
    assert read_baselines(run) == {}


def test_same_predictions_give_the_same_bytes(run: RunDirectory) -> None:
    write_predictions(run, "test", _forecasts(3))
    write_predictions(run, "again", _forecasts(3))
    assert (run / "predictions/test.parquet").read_bytes() == (
        run / "predictions/again.parquet"
    ).read_bytes()


def test_missing_predictions_name_the_stage(run: RunDirectory) -> None:
    with pytest.raises(
        MissingArtefactError,
        match=r"predictions/val\.parquet is missing\. The stage 'predict' makes it",
    ):
        read_predictions(run, "val")


def test_damaged_predictions_name_the_stage(run: RunDirectory) -> None:
    write_predictions(run, "test", _classes(6))
    content = (run / "predictions/test.parquet").read_bytes()
    (run / "predictions/test.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(
        MissingArtefactError,
        match=(
            r"test\.parquet is not a readable Parquet file .* Make it again with python -m pipelines run [a-z_A-Z]+ --stages predict"
        ),
    ):
        read_predictions(run, "test")


def test_a_file_without_its_columns_is_named(run: RunDirectory) -> None:
    run.write_table("predictions/test.parquet", pd.DataFrame({"id": ["a"], "scores": [1.0]}))
    with pytest.raises(
        MissingArtefactError,
        match=r"test\.parquet is not as its stage writes it .*--stages predict",
    ):
        read_predictions(run, "test")
