"""Assessments of invented predictions, and how to read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.fairness.stage import fairness_stage
from shared.run.context import StageContext
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import (
    run_context,
)

__all__ = ["assessed", "biased", "by_entity", "gap_of", "values_of"]


def assessed(
    path: Path, test: Predictions, groups: dict[str, Any], **settings: Any
) -> tuple[dict[str, Any], pd.DataFrame, StageContext]:
    context = run_context(path, test, groups=groups, **settings)
    fairness_stage(context)
    table = context.run.read_table("fairness.parquet", maker="fairness")
    return context.run.read_json("fairness.json", maker="fairness"), table, context


def values_of(table: pd.DataFrame, metric: str, comparison: str = "value") -> dict[str, float]:
    """Group -> number."""
    rows = table[(table["metric"] == metric) & (table["comparison"] == comparison)]
    return dict(zip(rows["group"], rows["value"], strict=True))


def by_entity(test: Predictions, names: list[str], seed: int = 0) -> np.ndarray:
    """A group for each entity, at random, in equal shares."""
    entities, codes = np.unique(test.entities, return_inverse=True)
    order = np.random.default_rng([seed, 77]).permutation(np.arange(len(entities)) % len(names))
    return np.asarray(np.array(names)[order[codes]])


def biased(test: Predictions, rows: np.ndarray, share: float = 0.4, seed: int = 0) -> Predictions:
    """The same predictions, but a share of `rows` fares worse: its scores are shuffled."""
    generator = np.random.default_rng([seed, 78])
    hit = np.flatnonzero(rows & (generator.random(len(test)) < share))
    scores = test.scores.copy()
    scores[hit] = generator.permuted(scores[hit], axis=1)
    return test.with_scores(scores)


def gap_of(entry: dict[str, Any], group: str, metric: str = "error") -> dict[str, Any]:
    gap: dict[str, Any] = next(item for item in entry["groups"] if item["group"] == group)["gaps"][
        metric
    ]
    return gap
