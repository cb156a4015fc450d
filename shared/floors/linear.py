"""Multinomial logistic regression whose penalty is chosen by cross-validation within training.

Where the features say nothing, the strongest penalty wins and what remains is the classes' shares.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold

__all__ = ["ABSENT", "LinearScores", "fit_linear"]

ABSENT = -20.0
"""Logit of a class without a training row: small enough not to matter, large enough to have a log
loss."""

_STRENGTHS = (1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""scikit-learn's C, from almost no slope to almost no penalty."""
_FOLDS = 3
_MOST_FOLD_ROWS = 10_000
"""Rows on which the penalty is chosen; the weights are fitted on all."""
_MOST_STEPS = 150
_STEPS_OF_FOLDS = 60

Features = Any
"""(n, features): a NumPy array, or a sparse CSR array of SciPy, which mypy can't tell apart."""


@dataclass(frozen=True)
class LinearScores:
    """Logits = features · weights + bias.

    Attributes:
        weights: (features, classes) float32.
        bias: (classes,) float32.
        strength: The chosen C; 0 where the shares of the classes did best.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    strength: float


def fit_linear(
    features: Features, labels: NDArray[np.int64], entities: NDArray[np.str_], *, seed: int
) -> LinearScores:
    """Choose the penalty by entity, then fit on all rows.

    Args:
        features: (n, features); dense ones are standardised within. Finite.
        labels: (n,) int64 class indices; a class may be missing, and one may be alone.
        entities: (n,) str: rows of one entity are in one fold together.
        seed: Of the folds.

    Returns:
        As many classes as the largest label says.
    """
    scaled, mean, scale = _standardised(features)
    strength = _choose_strength(scaled, labels, entities, seed=seed)
    fitted = _fit(scaled, labels, strength, _regression(scaled, _MOST_STEPS))
    weights = fitted.weights / scale[:, None]
    bias = fitted.bias - mean @ weights
    return LinearScores(weights.astype(np.float32), bias.astype(np.float32), strength)


def _standardised(features: Features) -> tuple[Features, NDArray[Any], NDArray[Any]]:
    num_features = features.shape[1]
    if not isinstance(features, np.ndarray):
        return features, np.zeros(num_features), np.ones(num_features)
    mean = features.mean(axis=0, dtype=np.float64)
    scale = features.std(axis=0, dtype=np.float64)
    # A column that never changes says nothing; divided by its rounding it would shout.
    scale = np.where(scale > 1e-6 * np.maximum(np.abs(mean), 1.0), scale, np.inf)
    return ((features - mean) / scale).astype(np.float32), mean, scale


def _choose_strength(
    features: Features, labels: NDArray[np.int64], entities: NDArray[np.str_], *, seed: int
) -> float:
    """The strength with the lowest loss on left-out entities.

    From strong penalties to weak ones, until the loss has risen twice: it has one valley, and weak
    penalties take longest.
    """
    folds = [
        _Fold(features, labels, kept, left_out)
        for kept, left_out in _folds(labels, entities, seed=seed)
    ]
    best = 0.0
    lowest = sum(fold.loss(0.0) for fold in folds)
    rises = 0
    for strength in _STRENGTHS:
        loss = sum(fold.loss(strength) for fold in folds)
        if loss < lowest:
            lowest = loss
            best = strength
        rises = 0 if best == strength else rises + 1
        if rises >= 2 and best > 0.0:
            break
    return best


class _Fold:
    """One fold, fitted for one strength after another, each from where the last one ended."""

    def __init__(
        self,
        features: Features,
        labels: NDArray[np.int64],
        kept: NDArray[np.int64],
        left_out: NDArray[np.int64],
    ) -> None:
        self._kept = features[kept], labels[kept]
        self._left_out = features[left_out], labels[left_out]
        self._num_classes = int(labels.max()) + 1
        self._model = _regression(features, _STEPS_OF_FOLDS)

    def loss(self, strength: float) -> float:
        """Cross-entropy of the rows that are left out, summed."""
        fitted = _fit(*self._kept, strength, self._model)
        features, labels = self._left_out
        logits = np.full((len(labels), self._num_classes), ABSENT)
        logits[:, : len(fitted.bias)] = features @ fitted.weights + fitted.bias
        return -float(log_softmax(logits, axis=1)[np.arange(len(labels)), labels].sum())


def _regression(features: Features, most_steps: int) -> LogisticRegression:
    # Gradients of rare n-grams are small: the usual tolerance would stop at the first step. Those
    # of standardised features are not, and there each fold would run to its limit.
    tolerance = 1e-3 if isinstance(features, np.ndarray) else 1e-5
    return LogisticRegression(max_iter=most_steps, tol=tolerance, warm_start=True)


def _folds(
    labels: NDArray[np.int64], entities: NDArray[np.str_], *, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows to fit on and rows to judge by, of a sample; no folds of a single row."""
    rows = np.arange(len(labels))
    if len(rows) > _MOST_FOLD_ROWS:
        generator = np.random.default_rng([seed, len(rows)])
        rows = np.sort(generator.choice(rows, _MOST_FOLD_ROWS, replace=False))
    num_entities = len(np.unique(entities[rows]))
    units = entities[rows] if num_entities > 1 else rows.astype(str)
    num_folds = min(_FOLDS, len(np.unique(units)))
    if num_folds < 2:
        return
    splitter = (
        GroupKFold(num_folds, shuffle=True, random_state=seed)
        if num_entities > 1
        else KFold(num_folds, shuffle=True, random_state=seed)
    )
    for kept, left_out in splitter.split(rows, groups=units):
        yield rows[kept], rows[left_out]


def _fit(
    features: Features, labels: NDArray[np.int64], strength: float, model: LogisticRegression
) -> LinearScores:
    present = np.unique(labels)
    num_classes = int(labels.max()) + 1
    weights = np.zeros((features.shape[1], num_classes))
    bias = np.full(num_classes, ABSENT)
    if strength == 0.0 or len(present) < 2:
        counts = np.bincount(labels, minlength=num_classes)[present]
        bias[present] = np.log(counts / counts.sum())
        return LinearScores(weights, bias, strength)
    model.set_params(C=strength)
    with warnings.catch_warnings():
        # Bounded on purpose: the last digits of a weight change no decision.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features, labels)
    slopes = model.coef_.T
    shifts = model.intercept_
    if len(present) == 2:  # scikit-learn then gives the logit of the second class alone
        slopes = np.concatenate([-slopes, slopes], axis=1) / 2.0
        shifts = np.concatenate([-shifts, shifts]) / 2.0
    weights[:, present] = slopes
    bias[present] = shifts
    return LinearScores(weights, bias, strength)
