"""A floor fitted on features of training rows, of no more of them than it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from shared.contract import Examples
from shared.floors.linear import LinearScores, fit_linear
from shared.loading.batches.preparation import as_tensors
from shared.model.trained_model import AnySize

__all__ = ["fit_on_rows"]

_MOST_ROWS = 20_000
"""Rows that are read: a few hundred weights need no more."""
_CHUNK_ROWS = 64


def fit_on_rows(train: Examples, describe: Callable[[Any], Any], *, seed: int) -> LinearScores:
    """Fit on a sample of the training split.

    Args:
        train: The training split.
        describe: Tensors of wire rows, by name -> features (rows, features).
        seed: Of the sample and of the folds.
    """
    rows = np.arange(len(train))
    if len(rows) > _MOST_ROWS:
        generator = np.random.default_rng([seed, len(rows)])
        rows = np.sort(generator.choice(rows, _MOST_ROWS, replace=False))
    chunks = [rows[start : start + _CHUNK_ROWS] for start in range(0, len(rows), _CHUNK_ROWS)]
    traced = AnySize(describe)
    features = [np.asarray(traced(as_tensors(train.rows(c))), np.float32) for c in chunks]
    return fit_linear(
        np.concatenate(features), train.targets[rows], train.entities[rows], seed=seed
    )
