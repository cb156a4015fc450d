from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.datasheet.neighbours import LEAF_ROWS, nearest_pairs


def _vectors(num_rows: int, seed: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(num_rows, 24))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def _all_pairs(
    vectors: NDArray[np.float32], num_neighbours: int, least: float
) -> set[tuple[int, int]]:
    products = vectors @ vectors.T
    np.fill_diagonal(products, -1.0)
    pairs = set()
    for row, likeness in enumerate(products):
        for other in np.argsort(-likeness)[:num_neighbours].tolist():
            if likeness[other] >= least:
                pairs.add((min(row, other), max(row, other)))
    return pairs


def test_of_few_vectors_all_are_compared() -> None:
    vectors = _vectors(200, 0)
    found = {(first, second) for first, second in nearest_pairs(vectors, 3, 0.3).tolist()}
    assert found == _all_pairs(vectors, 3, 0.3)


def test_of_many_vectors_nearly_every_copy_is_found_without_comparing_all() -> None:
    vectors = _vectors(8 * LEAF_ROWS, 1)
    noise = np.random.default_rng(2).normal(size=(300, 24)) * 0.08
    copies = vectors[:300] + noise.astype(np.float32)
    copies /= np.linalg.norm(copies, axis=1, keepdims=True)  # likeness about 0.93
    pairs = nearest_pairs(np.concatenate([vectors, copies]), 3, 0.8)
    found = {(first, second) for first, second in pairs.tolist()}
    expected = {(row, len(vectors) + row) for row in range(300)}
    assert len(expected & found) >= 294
    assert len(found - expected) < 30


def test_no_vector_or_one_has_no_neighbour() -> None:
    for num_rows in (0, 1):
        assert nearest_pairs(_vectors(num_rows, 0).reshape(-1, 24), 3, 0.0).shape == (0, 2)
