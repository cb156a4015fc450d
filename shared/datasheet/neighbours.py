"""Pairs of vectors that are most alike, at a cost in proportion to their number.

Many random trees divide the vectors into leaves, and only within a leaf are they compared with each
other. The directions are those of two vectors that differ, cut at the median (random projection
trees, Dasgupta & Freund 2008). Two that are nearly equal share a leaf of at least one tree.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAF_ROWS", "nearest_pairs"]

LEAF_ROWS = 512
"""So many at most are compared with each other; if there are no more, all are."""

_NUM_TREES = 8
_SEED = 31


def nearest_pairs(
    vectors: NDArray[np.float32], num_neighbours: int, least: float
) -> NDArray[np.int64]:
    """Each vector with those that are most like it, each pair once.

    Args:
        vectors: (n, size) float32 of length 1: their products are likenesses.
        num_neighbours: Neighbours of each, at most.
        least: Likeness from which on two are neighbours.

    Returns:
        (pairs, 2) int64, the smaller number first, sorted.
    """
    nearest = np.full((len(vectors), num_neighbours), -1, dtype=np.int64)
    likeness = np.full((len(vectors), num_neighbours), -np.inf, dtype=np.float32)
    num_trees = _NUM_TREES if len(vectors) > LEAF_ROWS else 1
    for tree in range(num_trees):
        for leaf in _leaves(vectors, np.random.default_rng([_SEED, tree])):
            if len(leaf) > 1:
                found, products = _within(vectors[leaf], num_neighbours)
                kept = _merge(nearest[leaf], likeness[leaf], leaf[found], products)
                nearest[leaf], likeness[leaf] = kept
    rows, places = np.nonzero(likeness >= least)
    pairs = np.stack([rows, nearest[rows, places]], axis=1)
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _leaves(
    vectors: NDArray[np.float32], generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """The rows of each leaf of one tree."""
    waiting = [np.arange(len(vectors))]
    while waiting:
        rows = waiting.pop()
        if len(rows) <= LEAF_ROWS:
            yield rows
            continue
        one, other = generator.choice(rows, size=2, replace=False)
        places = vectors[rows] @ (vectors[one] - vectors[other])
        half = len(rows) // 2
        order = np.argpartition(places, half)
        waiting += [rows[order[:half]], rows[order[half:]]]


def _within(
    vectors: NDArray[np.float32], num_neighbours: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The nearest of each among few vectors, and their likeness; (n, neighbours) each."""
    products = vectors @ vectors.T
    np.fill_diagonal(products, -np.inf)
    nearest = np.argsort(-products, axis=1, kind="stable")[:, :num_neighbours]
    return nearest, np.take_along_axis(products, nearest, axis=1)


def _merge(
    nearest: NDArray[np.int64],
    likeness: NDArray[np.float32],
    found: NDArray[np.int64],
    products: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The most alike of those that were known and those that were found, each once."""
    num_neighbours = nearest.shape[1]
    is_known = (found[:, :, None] == nearest[:, None, :]).any(axis=2)
    all_likeness = np.hstack([likeness, np.where(is_known, -np.inf, products)])
    order = np.argsort(-all_likeness, axis=1, kind="stable")[:, :num_neighbours]
    all_nearest = np.hstack([nearest, found])
    kept = np.take_along_axis(all_nearest, order, axis=1)
    return kept, np.take_along_axis(all_likeness, order, axis=1)
