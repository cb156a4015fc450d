"""A finished small run whose predictions and splits are made as long as wanted.

What evaluation and fairness cost depends on rows, entities and groups, not on what was learnt: so
rows of a small run are repeated, their scores moved at random, under new ids and entities.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.run.artefacts.prediction_files import (
    read_baselines,
    read_perturbations,
    read_predictions,
    write_baselines,
    write_perturbations,
    write_predictions,
)
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG, GROUP_PREFIX, TEST_SPLIT
from shared.targets.predictions import Predictions

__all__ = ["grow_run"]

_NOISE = 0.3
"""Standard deviations of the scores by which repeated rows are told apart."""

_RESAMPLES = 1_000
"""The default; small presets have fewer."""


def grow_run(source: Path, directory: Path, num_rows: int, num_entities: int) -> RunDirectory:
    """Copy a run and make its test split `num_rows` long; validation keeps its share.

    Args:
        source: A run up to its predictions.
        directory: Where the long one goes; replaced if it is there.
        num_rows: Of the test split.
        num_entities: That they belong to.
    """
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(source, directory)
    run = RunDirectory(directory)
    generator = np.random.default_rng(num_rows)
    test = read_predictions(run, "test")
    val = read_predictions(run, "val")
    rows = _rows(len(test), num_rows)
    grown = _named(_moved(test.take(rows), generator), num_entities)
    num_val = max(1, num_rows * len(val) // len(test))
    write_predictions(run, "test", grown)
    write_predictions(
        run, "val", _named(_moved(val.take(_rows(len(val), num_val)), generator), num_entities)
    )
    write_predictions(run, "network", grown)
    baselines = {
        name: _named(_moved(of.take(rows), generator), num_entities)
        for name, of in read_baselines(run).items()
    }
    write_baselines(run, baselines)
    perturbed = {
        key: grown.take(np.arange(len(of))).with_scores(of.scores)
        for key, of in read_perturbations(run).items()
    }
    write_perturbations(run, perturbed)
    config = run.read_json(CONFIG)
    config["evaluate"]["resamples"] = _RESAMPLES
    run.write_json(CONFIG, config)
    run.write_table(TEST_SPLIT, _split(run.read_table(TEST_SPLIT), grown, rows, generator))
    return run


def _rows(num_known: int, num_rows: int) -> NDArray[np.int64]:
    return np.arange(num_rows, dtype=np.int64) % num_known


def _moved(predictions: Predictions, generator: np.random.Generator) -> Predictions:
    scores = predictions.scores
    step = _NOISE * float(scores[:10_000].std())
    moved = scores + step * generator.standard_normal(scores.shape, dtype=np.float32)
    return predictions.with_scores(moved.astype(scores.dtype))


def _named(predictions: Predictions, num_entities: int) -> Predictions:
    number = np.arange(len(predictions))
    entities = _texts("e", number % num_entities)
    return Predictions(
        _texts("row", number) if predictions.forecast is None else _windows(number, num_entities),
        entities,
        predictions.targets,
        predictions.scores,
        predictions.forecast,
        predictions.distances,
        predictions.spreads,
    )


def _windows(number: NDArray[np.int64], num_entities: int) -> NDArray[np.str_]:
    series = _texts("series", number % num_entities)
    return np.char.add(series, _texts("@", number // num_entities))


def _texts(prefix: str, numbers: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.char.add(prefix, numbers.astype(np.str_))


def _split(
    table: pd.DataFrame,
    predictions: Predictions,
    rows: NDArray[np.int64],
    generator: np.random.Generator,
) -> pd.DataFrame:
    """The rows of `splits/test.parquet`, each entity in one group of each attribute."""
    columns: dict[str, Any] = dict(table.iloc[rows].reset_index(drop=True))
    names, codes = np.unique(predictions.entities, return_inverse=True)
    columns |= {"id": predictions.ids, "entity": predictions.entities}
    for name in [column for column in table if column.startswith(GROUP_PREFIX)]:
        of_entity = generator.choice(table[name].to_numpy(), len(names))
        columns[name] = of_entity[codes]
    if "series" in table:
        columns["series"] = predictions.entities
    return pd.DataFrame(columns)
