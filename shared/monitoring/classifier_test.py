"""The classifier two-sample test: whether new rows can be told from test rows at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from shared.monitoring.columns import Column, Numeric
from shared.run.artefacts.monitoring.record import ClassifierTest

__all__ = ["classifier_test", "numbers_of"]

_LEAST_ROWS = 20
"""Of each side: ten to fit with and ten to test on."""
_MOST_COMPONENTS = 20
_PERMUTATIONS = 1999


def classifier_test(
    reference: NDArray[np.float64],
    new: NDArray[np.float64],
    *,
    seen: Literal["features of the network", "inputs and scores"],
    level: float,
    seed: tuple[int, ...],
) -> ClassifierTest | None:
    """Test whether both sides are one distribution (Lopez-Paz & Oquab 2017, section 3).

    A logistic regression learns on one half to tell new rows from test rows, and is asked about the
    other half; then the halves change places. Given the classifier, the sides of held-out rows are
    exchangeable if nothing drifted, so that permuting them gives each half an exact p-value of its
    AUC; twice the smaller of two p-values is one, however they depend on each other. Columns are
    first reduced to 20 principal components of both sides together, which sees no side.

    Args:
        reference: (n, columns) float64, one row of each entity; NaN where there is no value.
        new: (m, columns) likewise.
        seen: What the columns are.
        level: Largest chance of a false alarm.
        seed: Of halves and permutations.

    Returns:
        None with fewer than 20 rows on a side.
    """
    if min(len(reference), len(new)) < _LEAST_ROWS:
        return None
    generator = np.random.default_rng(list(seed))
    sides = np.repeat([0, 1], [len(reference), len(new)])
    values = _components(np.concatenate([reference, new]))
    half = _halves(sides, generator)
    found = [_tell_apart(values, sides, fitted, generator) for fitted in (half, ~half)]
    p_value = min(1.0, 2.0 * min(p for _, p in found))
    return ClassifierTest(
        seen=seen,
        num_columns=reference.shape[1],
        auc=float(np.mean([auc for auc, _ in found])),
        p_value=p_value,
        drifted=p_value <= level,
    )


def numbers_of(columns: Sequence[Column]) -> NDArray[np.float64]:
    """The numeric columns side by side, (n, columns)."""
    return np.stack([one.values for one in columns if isinstance(one, Numeric)], axis=1)


def _components(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.where(np.isfinite(values), values, np.nan)
    finite = finite[:, ~np.isnan(finite).all(axis=0)]
    filled = np.where(np.isnan(finite), np.nanmedian(finite, axis=0), finite)
    filled = filled[:, filled.std(axis=0) > 0.0]
    if filled.shape[1] == 0:  # nothing to tell rows by
        return np.zeros((len(values), 1))
    scaled = StandardScaler().fit_transform(filled)
    most = min(_MOST_COMPONENTS, *scaled.shape)
    if scaled.shape[1] <= most:
        return np.asarray(scaled)
    return np.asarray(PCA(most, svd_solver="full").fit_transform(scaled))


def _halves(sides: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.bool_]:
    """A random half of each side, (n,)."""
    half = np.zeros(len(sides), dtype=np.bool_)
    for side in (0, 1):
        rows = np.flatnonzero(sides == side)
        half[generator.permutation(rows)[: len(rows) // 2]] = True
    return half


def _tell_apart(
    values: NDArray[np.float64],
    sides: NDArray[np.int64],
    fitted: NDArray[np.bool_],
    generator: np.random.Generator,
) -> tuple[float, float]:
    """AUC and p-value on the rows that a classifier was not fitted to."""
    regression = LogisticRegression(class_weight="balanced", max_iter=1000)
    model = make_pipeline(StandardScaler(), regression)
    model.fit(values[fitted], sides[fitted])
    held_out = model.decision_function(values[~fitted])
    return _auc_and_p_value(held_out, sides[~fitted], generator)


def _auc_and_p_value(
    scores: NDArray[np.float64], sides: NDArray[np.int64], generator: np.random.Generator
) -> tuple[float, float]:
    """Mann & Whitney's U over all pairs, and the share of permutations with one as large."""
    ranks = rankdata(scores)
    num_new = int(sides.sum())
    observed = float(ranks[sides == 1].sum())
    permuted = generator.permuted(np.tile(ranks, (_PERMUTATIONS, 1)), axis=1)
    sums = permuted[:, :num_new].sum(axis=1)
    # Ranks are multiples of 1/2, so that equal sums are equal numbers.
    as_large = int((sums >= observed).sum())
    pairs = num_new * (len(sides) - num_new)
    auc = (observed - num_new * (num_new + 1) / 2.0) / pairs
    return auc, (as_large + 1) / (_PERMUTATIONS + 1)
