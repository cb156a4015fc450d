"""Predictions as Parquet files: one row per example, arrays flattened row-major, their shapes in the column metadata."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shared.errors import ContractError, MissingArtefactError
from shared.predictions import ForecastContext, Predictions
from shared.run_dir import RunDirectory

__all__ = [
    "read_baselines",
    "read_folds",
    "read_predictions",
    "read_probes",
    "read_testing_folds",
    "write_baselines",
    "write_predictions",
    "write_probes",
]

_FORECAST_ARRAYS = ("recent", "location", "scale", "naive_error", "naive_squared_error")


def write_predictions(run: RunDirectory, part: str, predictions: Predictions, folds: NDArray[np.int64] | None = None) -> None:
    """Write `predictions/<part>.parquet`: id, entity, target, scores; forecasts add start and the arrays of their context.

    Args:
        run: Where.
        part: `val` or `test`.
        predictions: Of that part.
        folds: Cross-validation only: (n,) int64 number of the fold, from 1, whose model scored the row; written as `fold`.
    """
    table = _to_table(predictions)
    if folds is not None:
        table = table.append_column("fold", pa.array(folds, pa.int64()))
    with run.replacing(f"predictions/{part}.parquet") as path:
        pq.write_table(table, path)


def read_predictions(run: RunDirectory, part: str) -> Predictions:
    """Read what `write_predictions` wrote.

    Raises:
        MissingArtefactError: The file is missing or damaged.
    """
    path = run.require(f"predictions/{part}.parquet", maker="predict")
    table = _read(path)
    with _naming(path):
        return _from_table(table)


def read_folds(run: RunDirectory, part: str) -> NDArray[np.int64] | None:
    """The fold of each row of `predictions/<part>.parquet`, as it was given to `write_predictions`; None if there are no folds."""
    table = _read(run.require(f"predictions/{part}.parquet", maker="predict"))
    return _values(table, "fold") if "fold" in table.column_names else None


def read_testing_folds(run: RunDirectory, part: str) -> NDArray[np.int64] | None:
    """The fold, from 1, that tests each row of `predictions/<part>.parquet`; None if there are no folds.

    A row of `val` is scored by the fold before the one that tests it.
    """
    folds = read_folds(run, part)
    return folds if folds is None or part == "test" else folds % int(folds.max()) + 1


def write_probes(run: RunDirectory, probes: dict[tuple[str, int], Predictions]) -> None:
    """Write `predictions/probes.parquet`: as `write_predictions`, plus probe and severity; without probes, these two columns alone."""
    tables = [] if probes else [pa.table({"probe": pa.array([], pa.string()), "severity": pa.array([], pa.int32())})]
    for (name, severity), predictions in probes.items():
        table = _to_table(predictions)
        table = table.append_column("probe", pa.array([name] * len(predictions), pa.string()))
        tables.append(table.append_column("severity", pa.array([severity] * len(predictions), pa.int32())))
    with run.replacing("predictions/probes.parquet") as path:
        pq.write_table(pa.concat_tables(tables), path)


def read_probes(run: RunDirectory) -> dict[tuple[str, int], Predictions]:
    """Read what `write_probes` wrote: (probe name, severity) -> predictions, in the order written."""
    path = run.require("predictions/probes.parquet", maker="predict")
    table = _read(path)
    with _naming(path):
        names = np.asarray(table["probe"].to_pylist())
        severities = table["severity"].to_numpy()
        keys = dict.fromkeys(zip(names.tolist(), severities.tolist(), strict=True))
        return {(name, severity): _from_table(table.filter((names == name) & (severities == severity))) for name, severity in keys}


def write_baselines(run: RunDirectory, baselines: dict[str, Predictions]) -> None:
    """Write `predictions/baselines.parquet`: as `write_predictions`, plus baseline; without baselines, this column alone."""
    tables = [] if baselines else [pa.table({"baseline": pa.array([], pa.string())})]
    tables += [
        _to_table(predictions).append_column("baseline", pa.array([name] * len(predictions), pa.string()))
        for name, predictions in baselines.items()
    ]
    with run.replacing("predictions/baselines.parquet") as path:
        pq.write_table(pa.concat_tables(tables), path)


def read_baselines(run: RunDirectory) -> dict[str, Predictions]:
    """Read what `write_baselines` wrote: baseline -> its predictions of the test part, in the order written."""
    path = run.require("predictions/baselines.parquet", maker="predict")
    table = _read(path)
    with _naming(path):
        names = np.asarray(table["baseline"].to_pylist())
        return {name: _from_table(table.filter(names == name)) for name in dict.fromkeys(names.tolist())}


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Names the file whose columns are not as they were written."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, pa.ArrowException, ContractError) as error:
        raise MissingArtefactError(
            f"{path} is not as the stage 'predict' writes it ({error}). Make it again with --stages predict."
        ) from error


def _read(path: Path) -> Any:
    try:
        table = pq.read_table(path)
        table.validate(full=True)
        return table
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise MissingArtefactError(f"{path} is not a readable Parquet file ({error}). Make it again with --stages predict.") from error


def _to_table(predictions: Predictions) -> Any:
    columns: dict[str, Any] = {
        "id": predictions.ids,
        "entity": predictions.entities,
        "target": predictions.targets,
        "scores": predictions.scores,
    }
    if predictions.forecast is not None:
        columns["start"] = predictions.forecast.starts.astype("datetime64[s]")
        columns |= {name: getattr(predictions.forecast, name) for name in _FORECAST_ARRAYS}
    fields, arrays = zip(*(_column(name, values) for name, values in columns.items()), strict=True)
    return pa.table(list(arrays), schema=pa.schema(list(fields)))


def _column(name: str, values: NDArray[Any]) -> tuple[Any, Any]:
    if values.ndim == 1:
        array = pa.array(values.tolist(), pa.string()) if values.dtype.kind in "UTO" else pa.array(values)
        return pa.field(name, array.type), array
    row_shape = values.shape[1:]
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    array = pa.FixedSizeListArray.from_arrays(flat, int(np.prod(row_shape)))
    return pa.field(name, array.type, metadata={"shape": ",".join(map(str, row_shape))}), array


def _from_table(table: Any) -> Predictions:
    forecast = None
    if "start" in table.column_names:
        arrays = {name: _values(table, name) for name in _FORECAST_ARRAYS}
        forecast = ForecastContext(starts=_values(table, "start").astype("datetime64[s]"), **arrays)
    return Predictions(
        ids=_values(table, "id").astype(np.str_),
        entities=_values(table, "entity").astype(np.str_),
        targets=_values(table, "target"),
        scores=_values(table, "scores"),
        forecast=forecast,
    )


def _values(table: Any, name: str) -> NDArray[Any]:
    column = table[name].combine_chunks()
    metadata = table.schema.field(name).metadata or {}
    if b"shape" not in metadata:
        return np.asarray(column.to_numpy(zero_copy_only=False))
    row_shape = [int(size) for size in metadata[b"shape"].decode().split(",")]
    # flatten() honours the offsets of a filtered table, .values would not.
    return np.asarray(column.flatten().to_numpy(zero_copy_only=False)).reshape(-1, *row_shape)
