"""Predictions as Parquet files: one row per example."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shared.run.artefacts.array_tables import (
    array_table,
    array_values,
    naming_damage,
    read_array_table,
)
from shared.run.directory import RunDirectory
from shared.shared_names import shared_names
from shared.targets.predictions import ForecastContext, Predictions

__all__ = [
    "read_baselines",
    "read_folds",
    "read_perturbations",
    "read_predictions",
    "read_testing_folds",
    "write_baselines",
    "write_perturbations",
    "write_predictions",
]

_MAKER = "predict"
_GROUP_ROWS = 2**18
_FORECAST_ARRAYS = ("recent", "location", "scale", "naive_error", "naive_squared_error")


def write_predictions(
    run: RunDirectory, split: str, predictions: Predictions, folds: NDArray[np.int64] | None = None
) -> None:
    """Write `predictions/<split>.parquet`: id, entity, target, scores, distance, member_spread.

    Forecasts add start and the arrays of their context.

    Args:
        run: Where.
        split: `val` or `test`; `network` for the test split as the network alone scores it.
        predictions: Of that split.
        folds: Cross-validation only: (n,) int64 number of the fold, from 1, whose model scored the
            row; written as `fold`.
    """
    tables = _tables(predictions, folds)
    first = next(tables)
    with (
        run.replacing(f"predictions/{split}.parquet") as path,
        pq.ParquetWriter(path, first.schema) as writer,
    ):
        for table in chain([first], tables):
            writer.write_table(table)


def read_predictions(run: RunDirectory, split: str) -> Predictions:
    """Read what `write_predictions` wrote.

    Raises:
        MissingArtefactError: The file is missing or damaged.
    """
    path = run.require(f"predictions/{split}.parquet", maker=_MAKER)
    table = read_array_table(path, run.rerun_command(_MAKER))
    with naming_damage(path, run.rerun_command(_MAKER)):
        return _from_table(table)


def read_folds(run: RunDirectory, split: str) -> NDArray[np.int64] | None:
    """The fold of each row of `predictions/<split>.parquet`, as `write_predictions` was given it.

    None if there are no folds.
    """
    path = run.require(f"predictions/{split}.parquet", maker=_MAKER)
    table = read_array_table(path, run.rerun_command(_MAKER), ["fold"])
    return array_values(table, "fold") if "fold" in table.column_names else None


def read_testing_folds(run: RunDirectory, split: str) -> NDArray[np.int64] | None:
    """The fold, from 1, that tests each row of `predictions/<split>.parquet`.

    None if there are no folds.

    A row of `val` is scored by the fold before the one that tests it.
    """
    folds = read_folds(run, split)
    return folds if folds is None or split == "test" else folds % int(folds.max()) + 1


def write_perturbations(
    run: RunDirectory, perturbations: dict[tuple[str, int], Predictions]
) -> None:
    """Write `predictions/perturbations.parquet`, with perturbation and severity.

    Without perturbations, these two columns alone.
    """
    tables = (
        []
        if perturbations
        else [
            pa.table(
                {"perturbation": pa.array([], pa.string()), "severity": pa.array([], pa.int32())}
            )
        ]
    )
    for (name, severity), predictions in perturbations.items():
        table = _to_table(predictions)
        table = table.append_column(
            "perturbation", pa.array([name] * len(predictions), pa.string())
        )
        tables.append(
            table.append_column("severity", pa.array([severity] * len(predictions), pa.int32()))
        )
    with run.replacing("predictions/perturbations.parquet") as path:
        pq.write_table(pa.concat_tables(tables), path)


def read_perturbations(run: RunDirectory) -> dict[tuple[str, int], Predictions]:
    """Read what `write_perturbations` wrote.

    (perturbation name, severity) -> predictions, in the order written.
    """
    path = run.require("predictions/perturbations.parquet", maker=_MAKER)
    table = read_array_table(path, run.rerun_command(_MAKER))
    with naming_damage(path, run.rerun_command(_MAKER)):
        names = np.asarray(table["perturbation"].to_pylist())
        severities = table["severity"].to_numpy()
        keys = dict.fromkeys(zip(names.tolist(), severities.tolist(), strict=True))
        return {
            (name, severity): _from_table(table.filter((names == name) & (severities == severity)))
            for name, severity in keys
        }


def write_baselines(run: RunDirectory, baselines: dict[str, Predictions]) -> None:
    """Write `predictions/baselines.parquet`: as `write_predictions`, plus baseline.

    Without baselines, this column alone.
    """
    tables = [] if baselines else [pa.table({"baseline": pa.array([], pa.string())})]
    tables += [
        _to_table(predictions).append_column(
            "baseline", pa.array([name] * len(predictions), pa.string())
        )
        for name, predictions in baselines.items()
    ]
    with run.replacing("predictions/baselines.parquet") as path:
        pq.write_table(pa.concat_tables(tables), path)


def read_baselines(run: RunDirectory) -> dict[str, Predictions]:
    """Read what `write_baselines` wrote.

    Baseline -> its predictions of the test split, in the order written.
    """
    path = run.require("predictions/baselines.parquet", maker=_MAKER)
    table = read_array_table(path, run.rerun_command(_MAKER))
    with naming_damage(path, run.rerun_command(_MAKER)):
        names = np.asarray(table["baseline"].to_pylist())
        return {
            name: _from_table(table.filter(names == name)) for name in dict.fromkeys(names.tolist())
        }


def _tables(predictions: Predictions, folds: NDArray[np.int64] | None) -> Iterator[Any]:
    """A row group at a time: what is computed when it is asked for is never there as a whole."""
    for start in range(0, max(1, len(predictions)), _GROUP_ROWS):
        rows = slice(start, start + _GROUP_ROWS)
        table = _to_table(predictions.take(rows))
        if folds is not None:
            table = table.append_column("fold", pa.array(folds[rows], pa.int64()))
        yield table


def _to_table(predictions: Predictions) -> Any:
    columns: dict[str, Any] = {
        "id": predictions.ids,
        "entity": predictions.entities,
        "target": predictions.targets,
        "scores": predictions.scores,
    }
    if predictions.distances is not None:
        columns["distance"] = predictions.distances
    if predictions.spreads is not None:
        columns["member_spread"] = predictions.spreads
    if predictions.forecast is not None:
        columns["start"] = predictions.forecast.starts.astype("datetime64[s]")
        columns |= {name: getattr(predictions.forecast, name) for name in _FORECAST_ARRAYS}
    return array_table(columns)


def _from_table(table: Any) -> Predictions:
    forecast = None
    if "start" in table.column_names:
        arrays = {name: array_values(table, name) for name in _FORECAST_ARRAYS}
        forecast = ForecastContext(
            starts=array_values(table, "start").astype("datetime64[s]"), **arrays
        )
    distances = None
    if "distance" in table.column_names:
        distances = array_values(table, "distance").astype(np.float32)
    spreads = None
    if "member_spread" in table.column_names:
        spreads = array_values(table, "member_spread")
    return Predictions(
        ids=shared_names(array_values(table, "id")),
        entities=shared_names(array_values(table, "entity")),
        targets=array_values(table, "target"),
        scores=array_values(table, "scores"),
        forecast=forecast,
        distances=distances,
        spreads=spreads,
    )
