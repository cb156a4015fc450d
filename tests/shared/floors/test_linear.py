from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import log_softmax, softmax

from shared.floors.linear import ABSENT, LinearScores, fit_linear


def _rows(n: int, num_features: int, *, signal: float, seed: int = 0) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    labels = generator.choice(3, size=n, p=[0.6, 0.3, 0.1])
    features = generator.normal(size=(n, num_features)).astype(np.float32)
    features[:, :3] += signal * np.eye(3, dtype=np.float32)[labels]
    return features, labels


def _fit(features: Any, labels: NDArray[np.int64], entities: Any = None) -> LinearScores:
    names = np.arange(len(labels)) if entities is None else entities
    return fit_linear(features, labels, names.astype(str), seed=0)


def _loss(fitted: LinearScores, features: Any, labels: NDArray[np.int64]) -> float:
    logits = features @ fitted.weights + fitted.bias
    return float(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())


def test_where_nothing_is_to_be_learnt_the_shares_of_the_classes_remain() -> None:
    features, labels = _rows(300, 200, signal=0.0)
    fitted = _fit(features, labels)
    probabilities = softmax(features @ fitted.weights + fitted.bias, axis=1)
    shares = np.bincount(labels) / len(labels)
    assert np.abs(probabilities - shares).max() < 0.03
    others, truth = _rows(2000, 200, signal=0.0, seed=1)
    assert _loss(fitted, others, truth) < np.log(3)


def test_what_is_to_be_learnt_is_learnt() -> None:
    features, labels = _rows(600, 20, signal=3.0)
    fitted = _fit(features, labels)
    others, truth = _rows(2000, 20, signal=3.0, seed=1)
    assert ((others @ fitted.weights + fitted.bias).argmax(axis=1) == truth).mean() > 0.9


def test_the_unit_of_a_feature_does_not_matter() -> None:
    features, labels = _rows(300, 5, signal=1.0)
    stretched = (features * 1000.0 + 5.0).astype(np.float32)
    plain = features @ _fit(features, labels).weights + _fit(features, labels).bias
    other = _fit(stretched, labels)
    assert np.allclose(plain, stretched @ other.weights + other.bias, atol=1e-2)


def test_features_that_only_name_the_entity_are_not_trusted() -> None:
    generator = np.random.default_rng(0)
    entities = np.repeat(np.arange(40), 10)
    labels = generator.integers(0, 2, size=40)[entities]  # all rows of an entity are of one class
    features = generator.normal(size=(40, 30)).astype(np.float32)[entities]
    by_entity = _fit(features, labels, entities)
    by_row = _fit(features, labels)
    assert by_entity.strength <= 0.01
    assert by_row.strength > 1.0


def test_sparse_features_of_two_classes_are_taken_as_they_are() -> None:
    features, labels = _rows(300, 20, signal=3.0)
    two = np.minimum(labels, 1)
    fitted = _fit(csr_array(np.abs(features)), two)
    assert fitted.weights.shape == (20, 2)
    assert np.allclose(fitted.weights.sum(axis=1), 0.0, atol=1e-6)


@pytest.mark.parametrize("labels", [[0, 0, 2, 2, 2, 0], [0, 0, 0, 0, 0, 2], [1, 1, 1, 1, 1, 1]])
def test_missing_and_lonely_classes_have_finite_logits(labels: list[int]) -> None:
    features = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    fitted = _fit(features, np.array(labels))
    logits = features @ fitted.weights + fitted.bias
    assert logits.shape == (6, max(labels) + 1)
    assert np.isfinite(logits).all()
    absent = sorted(set(range(max(labels))) - set(labels))
    assert np.all(logits[:, absent] == ABSENT)


def test_a_single_row_gives_its_class() -> None:
    fitted = _fit(np.ones((1, 3), np.float32), np.array([1]))
    assert fitted.bias.argmax() == 1
