"""Runs whose predictions are already made, as the predict stage leaves them.

The smallest that the stages after it accept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd

from shared.config import EvaluateConfig, RunConfig
from shared.contract import Perturbation, Pipeline, Rows
from shared.run.artefacts.prediction_files import (
    write_baselines,
    write_perturbations,
    write_predictions,
)
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import ForecastContext, Predictions
from tests.shared.run.artefacts.blend_records import blend_record
from tests.shared.run.artefacts.data_records import data_record
from tests.shared.uncalibrated import UNCALIBRATED

__all__ = ["CATEGORIES", "GRADES", "HORIZON", "PIPELINE", "classified", "forecast", "run_context"]

CATEGORIES = Categories(names=("benign", "malignant", "other"))
GRADES = Categories(names=CATEGORIES.names, ordered=True)
HORIZON = Horizon(steps=4, channels=("load", "heat"), unit="kW", step_seconds=3600, season_steps=2)


def classified(
    seed: int, *, num_entities: int = 40, rows_each: int = 5, skill: float = 2.0
) -> Predictions:
    """Scores that favour the true class by `skill` and share a random ease within each entity."""
    generator = np.random.default_rng(seed)
    n = num_entities * rows_each
    entities = np.repeat(np.arange(num_entities), rows_each)
    targets = generator.integers(0, 3, n)
    scores = generator.normal(size=(n, 3))
    scores[np.arange(n), targets] += skill + generator.normal(0.0, 0.5, num_entities)[entities]
    ids = np.char.add("id", np.arange(n).astype(str))
    return Predictions(
        ids, np.char.add("person", entities.astype(str)), targets, scores.astype(np.float32)
    )


def forecast(
    seed: int, *, num_entities: int = 12, rows_each: int = 6, noise: float = 0.5
) -> Predictions:
    """Forecasts with errors of size `noise` and matching quantiles.

    A tenth of the values was not observed.
    """
    generator = np.random.default_rng(seed)
    n = num_entities * rows_each
    targets = generator.normal(10.0, 2.0, (n, 4, 2)).astype(np.float32)
    mean = targets + generator.normal(0.0, noise, targets.shape)
    scores = np.stack([mean, mean - noise, mean, mean + noise], axis=-1).astype(np.float32)
    targets[generator.random(targets.shape) < 0.1] = np.nan
    context = ForecastContext(
        starts=np.datetime64("2024-01-01", "s") + np.arange(n) * np.timedelta64(3600, "s"),
        recent=generator.normal(10.0, 2.0, (n, 2, 2)).astype(np.float32),
        location=np.full((n, 2), 10.0, np.float32),
        scale=np.full((n, 2), 2.0, np.float32),
        naive_error=np.full((n, 2), 2.0, np.float32),
        naive_squared_error=np.full((n, 2), 6.0, np.float32),
    )
    ids = np.char.add("window", np.arange(n).astype(str))
    entities = np.char.add("week", np.repeat(np.arange(num_entities), rows_each).astype(str))
    return Predictions(ids, entities, targets, scores, context)


def run_context(
    path: Path,
    test: Predictions,
    *,
    val: Predictions | None = None,
    perturbed: Mapping[tuple[str, int], Predictions] | None = None,
    baselines: Mapping[str, Predictions] | None = None,
    groups: Mapping[str, Any] | None = None,
    recorded_groups: Mapping[str, Mapping[str, int]] | None = None,
    conditions: Sequence[str] = (),
    resamples: int = 200,
    target: Target | None = None,
    privacy_group_size: int = 0,
) -> StageContext:
    """Write what the data and predict stages leave behind, and give the context of the next stage."""
    run = RunDirectory(path)
    target = target or (CATEGORIES if test.forecast is None else HORIZON)
    class_counts = {"benign": 60, "malignant": 30, "other": 10}
    data_record(
        target,
        class_counts=class_counts if isinstance(target, Categories) else None,
        groups=recorded_groups,
        conditions=conditions,
        notes=["Generated for a test."],
    ).write(run)
    columns = {f"group:{name}": values for name, values in (groups or {}).items()}
    for part, rows in (("train", test), ("val", test if val is None else val), ("test", test)):
        targets = rows.targets if rows.forecast is None else rows.forecast.starts
        here = columns if len(rows) == len(test) else {}
        run.write_table(
            f"splits/{part}.parquet",
            pd.DataFrame({"id": rows.ids, "entity": rows.entities, "target": targets, **here}),
        )
    write_predictions(run, "test", test)
    write_predictions(run, "val", test if val is None else val)
    write_predictions(run, "network", test)
    write_baselines(run, dict(baselines or {}))
    blend_record().write(run)
    UNCALIBRATED.write(run)
    if perturbed:
        write_perturbations(run, dict(perturbed))
    kinds = {name: _perturbation(name) for name, _ in perturbed or {}}
    settings = EvaluateConfig(resamples=resamples, privacy_group_size=privacy_group_size)
    config = RunConfig(evaluate=settings)
    return StageContext(
        replace(PIPELINE, perturbations=lambda config: kinds),
        config,
        run,
        SilentProgress(),
        _not_needed,
    )


def _perturbation(name: str) -> Perturbation:
    kinds: dict[str, Literal["counterfactual", "ood"]] = {
        "swap": "counterfactual",
        "ood": "ood",
    }
    return Perturbation(
        kinds.get(name.split("_")[0], "corruption"),
        f"Rows changed by {name}.",
        (1, 2, 3),
        _unchanged,
    )


def _unchanged(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    return rows


def _not_needed(*arguments: Any) -> NoReturn:
    raise AssertionError(
        "Evaluation reads predictions only, yet something asked the pipeline for data or models:"
        f" {arguments}."
    )


PIPELINE = Pipeline(
    name="predicted",
    title="Predictions from files",
    config_type=RunConfig,
    load=_not_needed,
    synthesize=_not_needed,
    read_inputs=_not_needed,
    decode=_not_needed,
    preprocess=_not_needed,
    model=_not_needed,
    segments=_not_needed,
    perturbations=_not_needed,
)
