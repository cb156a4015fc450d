"""A run with made-up data and predictions, of any size, for stages that need no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config import EvaluateConfig, RunConfig
from shared.contract import Examples, Pipeline, Provenance, Rows, Splits
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.prediction_files import write_baselines, write_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.statistics.intervals import Estimate
from shared.targets import Categories, Horizon
from shared.targets.predictions import ForecastContext, Predictions, Scores

__all__ = ["KINDS", "Kind", "made_context"]

Kind = Literal["classes", "forecasts"]
KINDS: tuple[Kind, ...] = ("classes", "forecasts")

_CLASSES = Categories(names=("good", "bad"))
_HORIZON = Horizon(steps=24, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)
_GROUPS = {"sex": "fm", "age": "abcd", "site": "vwxyz"}
_WORDS = np.array([f"word{number}" for number in range(2_000)])
_GAP = np.timedelta64(100, "h")
_PROVENANCE = Provenance(
    name="Made up",
    source="made up",
    version="1",
    licence="CC0-1.0",
    citation="",
    checksum="0" * 64,
    synthetic=True,
)


def made_context(
    path: Path, kind: Kind, num_rows: int, num_entities: int, resamples: int
) -> StageContext:
    """The context of a run at `path` before its data stage, with its predictions.

    Validation and training have half as many rows and entities as the test split.

    Args:
        path: Of the run directory.
        kind: What is predicted.
        num_rows: Of the test split.
        num_entities: Of the test split.
        resamples: Of each interval.
    """
    generator = np.random.default_rng(0)
    parts = {"train": 2, "val": 2, "test": 1}
    made: dict[str, Any] = {}
    start = np.datetime64("2024-01-01", "s")
    for name, part in parts.items():
        of_entity = np.arange(max(1, num_rows // part)) % max(1, num_entities // part)
        made[name] = _examples(generator, kind, name, of_entity, start)
        start = start + len(of_entity) * np.timedelta64(3600, "s") + _GAP
    target = _CLASSES if kind == "classes" else _HORIZON
    content: Any = "text" if kind == "classes" else "numbers"
    splits = Splits(**made, target=target, provenance=_PROVENANCE, content=content)
    run = RunDirectory(path)
    for name, split in {"val": "val", "test": "test", "network": "test"}.items():
        write_predictions(run, name, _predicted(generator, made[split]))
    write_baselines(run, {})
    _BLEND.write(run)
    config = RunConfig(evaluate=EvaluateConfig(resamples=resamples))
    return StageContext(_PIPELINE, config, run, SilentProgress(), lambda: splits)


def _examples(
    generator: np.random.Generator,
    kind: Kind,
    split: str,
    of_entity: NDArray[np.int64],
    start: np.datetime64,
) -> Examples:
    n = len(of_entity)
    groups = {
        name: generator.choice(list(values), of_entity.max() + 1)[of_entity]
        for name, values in _GROUPS.items()
    }
    context = None if kind == "classes" else _forecast_context(generator, n, start)
    targets = generator.integers(0, 2, n) if kind == "classes" else _values(generator, n)
    texts = [f"{split} {row} {' '.join(generator.choice(_WORDS, 8))}" for row in range(n)]
    column = np.array(texts, dtype=np.object_)

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {"text": column[indices]}

    return Examples(
        ids=np.char.add(f"{split} row ", np.arange(n).astype(np.str_)),
        entities=np.char.add(f"{split} entity ", of_entity.astype(np.str_)),
        targets=targets,
        groups=pd.DataFrame(groups),
        rows=rows,
        forecast=context,
    )


def _values(generator: np.random.Generator, n: int) -> Scores:
    return generator.normal(10.0, 2.0, (n, _HORIZON.steps, 1))


def _forecast_context(
    generator: np.random.Generator, n: int, start: np.datetime64
) -> ForecastContext:
    ones = np.ones((n, 1))
    return ForecastContext(
        starts=start + np.arange(n) * np.timedelta64(3600, "s"),
        recent=_values(generator, n),
        location=10.0 * ones,
        scale=2.0 * ones,
        naive_error=2.0 * ones,
        naive_squared_error=6.0 * ones,
    )


def _predicted(generator: np.random.Generator, rows: Examples) -> Predictions:
    """What a model of some skill would say."""
    n = len(rows)
    if rows.forecast is None:
        scores = generator.normal(size=(n, 2)).astype(np.float32)
        scores[np.arange(n), rows.targets] += 1.5
    else:
        mean = rows.targets + generator.normal(0.0, 0.5, rows.targets.shape)
        scores = np.stack([mean, mean - 0.5, mean, mean + 0.5], axis=-1)
    return Predictions(rows.ids, rows.entities, rows.targets, scores, rows.forecast)


def _not_needed(*arguments: Any) -> NoReturn:
    raise AssertionError(f"Stages on made-up predictions have no model, yet one asked: {arguments}")


_PIPELINE = Pipeline(
    name="made_up",
    title="Made-up predictions",
    config_type=RunConfig,
    load=_not_needed,
    synthesize=_not_needed,
    read_inputs=_not_needed,
    decode=_not_needed,
    preprocess=_not_needed,
    model=_not_needed,
    segments=_not_needed,
    perturbations=lambda config: {},
)
_BLEND = BlendRecord(
    setting="network",
    deployed="network",
    weight=1.0,
    floor=None,
    reason="it is made up",
    loss="none",
    n=1,
    num_entities=1,
    unit="row",
    confidence=0.95,
    losses={"network": Estimate(value=None)},
    weights=(),
    steps=(),
)
