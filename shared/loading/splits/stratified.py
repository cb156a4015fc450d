"""Whole entities into folds with similar shares of each label, in time linear in entities.

Up to `_MOST_PLACED` entities, the folds are those of scikit-learn's `StratifiedGroupKFold` (1.8),
entity by entity, at a fifteenth of its time: it asks for the spread of labels over the folds once
for each fold, here it is one array operation for all of them. Of more, only the largest are placed
so. The others are too small to matter one by one, and are dealt.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["stratified_folds"]

_MOST_PLACED = 100_000
"""Entities whose fold is sought one by one, in about 30 µs each."""

_GOLDEN_RATIO = (np.sqrt(5.0) - 1.0) / 2.0

# When two spreads are equal, as `numpy.isclose` has it.
_RELATIVE_TOLERANCE = 1e-5
_ABSOLUTE_TOLERANCE = 1e-8


def stratified_folds(
    entities: NDArray[np.str_] | NDArray[np.int64],
    labels: NDArray[np.int64],
    num_folds: int,
    seed: int,
    most_placed: int = _MOST_PLACED,
) -> list[NDArray[np.int64]]:
    """Row indices (int64, increasing) of each fold.

    Whole entities, similar shares of each label as far as entities allow.

    Args:
        entities: (n,) names, or numbers in the order of the names.
        labels: (n,) int64.
        num_folds: At most as many as there are entities.
        seed: Of the order in which entities are placed.
        most_placed: Entities whose fold is sought one by one.
    """
    _, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if sizes.max() < num_folds:
        codes = np.zeros_like(codes)  # too few rows of any label to balance them
    counts, owners = _count_labels(entities, codes, seed)
    placed = np.arange(len(counts))
    if len(counts) > most_placed:
        by_size = np.argsort(-counts.sum(axis=1), kind="stable")
        placed = np.sort(by_size[:most_placed])
    totals = counts.sum(axis=0)
    folds = np.full(len(counts), -1, dtype=np.int64)
    folds[placed] = _place(counts[placed], totals, num_folds)
    rest = np.flatnonzero(folds < 0)
    if len(rest):
        given = np.array([counts[folds == fold].sum(axis=0) for fold in range(num_folds)])
        start = np.random.default_rng(seed).random()
        folds[rest] = _deal(counts[rest], totals / num_folds - given, start)
    fold_of_row = folds[owners]
    return [np.flatnonzero(fold_of_row == fold) for fold in range(num_folds)]


def _count_labels(
    entities: NDArray[np.str_] | NDArray[np.int64], codes: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rows of each label of each entity (entities, labels), shuffled; the entity of each row."""
    names, owners = np.unique(entities, return_inverse=True)
    num_labels = int(codes.max()) + 1
    cells = np.bincount(owners * num_labels + codes, minlength=len(names) * num_labels)
    order = np.arange(len(names))
    np.random.RandomState(seed).shuffle(order)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    counts = cells.reshape(len(names), num_labels).astype(np.float64)
    return counts[order], places[owners]


def _place(
    counts: NDArray[np.float64], totals: NDArray[np.float64], num_folds: int
) -> NDArray[np.int64]:
    """The fold of each entity (entities,): one after the other, to where labels spread least.

    Entities with the most unequal labels come first. Of folds that do as well, it is the one with
    the fewest rows.

    Args:
        counts: (entities, labels) rows.
        totals: (labels,) rows of all entities.
        num_folds: How many there are.
    """
    in_folds = np.zeros((num_folds, counts.shape[1]))
    # Shares of each label in each fold (choice, fold, label), if the entity goes to that choice.
    shares = np.zeros((num_folds, *in_folds.shape))
    diagonal = np.arange(num_folds)
    rows = [0.0] * num_folds
    sizes = counts.sum(axis=1).tolist()
    folds = np.empty(len(counts), dtype=np.int64)
    for entity in np.argsort(-np.std(counts, axis=1), kind="stable").tolist():
        shares[diagonal, diagonal] = (in_folds + counts[entity]) / totals
        best = _least(_spreads(shares), rows)
        in_folds[best] += counts[entity]
        rows[best] += sizes[entity]
        shares[:, best] = in_folds[best] / totals
        folds[entity] = best
    return folds


def _spreads(shares: NDArray[np.float64]) -> list[float]:
    """Standard deviation over folds, then the mean over labels: (choice, fold, label) -> (choice).

    Operation by operation what `numpy.std` and `numpy.mean` do, whose last bits decide between
    folds that do as well; theirs cost three times as much for so few numbers.
    """
    _, num_folds, num_labels = shares.shape
    mean = np.add.reduce(shares, axis=1, keepdims=True)
    mean /= num_folds
    deviations = shares - mean
    np.multiply(deviations, deviations, out=deviations)
    variance = np.add.reduce(deviations, axis=1)
    variance /= num_folds
    np.sqrt(variance, out=variance)
    spread = np.add.reduce(variance, axis=1)
    spread /= num_labels
    return list(spread.tolist())


def _least(spreads: list[float], rows: list[float]) -> int:
    best = 0
    least = np.inf
    fewest = np.inf
    for fold, spread in enumerate(spreads):
        margin = _ABSOLUTE_TOLERANCE + _RELATIVE_TOLERANCE * least
        is_as_good = least < np.inf and abs(spread - least) <= margin
        is_better = spread < least or (is_as_good and rows[fold] < fewest)
        if is_better:
            best = fold
            least = spread
            fewest = rows[fold]
    return best


def _deal(
    counts: NDArray[np.float64], missing: NDArray[np.float64], start: float
) -> NDArray[np.int64]:
    """The fold of each of many small entities (entities,), like those with like labels.

    In the order of their sizes and labels, those of one main label go to each fold as often as it
    lacks rows of that label: where a sequence falls whose every stretch covers [0, 1) evenly, the
    multiples of the golden ratio (Weyl 1916; Kuipers and Niederreiter 1974, chapter 2).

    Args:
        counts: (entities, labels) rows.
        missing: (folds, labels) rows that each fold lacks to have as many as the others.
        start: Of the sequence, in [0, 1).
    """
    folds = np.empty(len(counts), dtype=np.int64)
    main = counts.argmax(axis=1)
    order = np.lexsort((*counts.T, -counts.sum(axis=1)))
    wanted = np.maximum(missing, 0.0) + 1e-9  # of nothing, equal shares
    for label in np.unique(main).tolist():
        members = order[main[order] == label]
        limits = np.cumsum(wanted[:, label] / wanted[:, label].sum())
        sequence = (start + _GOLDEN_RATIO * np.arange(len(members))) % 1.0
        folds[members] = np.searchsorted(limits[:-1], sequence, side="right")
    return folds
