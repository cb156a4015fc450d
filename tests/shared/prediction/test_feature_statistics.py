from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from shared.prediction.feature_statistics import fit_feature_distance
from shared.run.artefacts.feature_distance import FeatureDistance


def _features(
    seed: int, n: int, num_features: int = 6
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Two classes apart on the first axis; features of unequal scale, the last two correlated."""
    generator = np.random.default_rng(seed)
    classes = np.arange(n) % 2
    values = generator.normal(size=(n, num_features))
    values[:, -1] += 2.0 * values[:, -2]
    values[:, 0] += 4.0 * classes
    return (values * np.logspace(0, 2, num_features)).astype(np.float32), classes


def _fitted(seed: int, n: int, num_features: int = 6) -> FeatureDistance:
    distance = fit_feature_distance(*_features(seed, n, num_features))
    assert distance is not None
    return distance


def test_distance_is_mahalanobis_of_class_means_and_one_shrunk_covariance_of_standardised_features() -> (
    None
):
    features, classes = _features(0, 200)
    scaled = features / features.std(axis=0, dtype=np.float64)
    means = np.stack([scaled[classes == c].mean(axis=0) for c in (0, 1)])
    shrunk = LedoitWolf(assume_centered=True).fit(scaled - means[classes])
    expected = (
        np.min([shrunk.mahalanobis(scaled - mean) for mean in means], axis=0) / features.shape[1]
    )
    assert _fitted(0, 200).measure(features) == pytest.approx(expected, rel=1e-3)


def test_rows_like_those_of_training_are_about_1_away() -> None:
    assert _fitted(0, 2000).measure(_features(1, 500)[0]).mean() == pytest.approx(1.0, abs=0.1)


def test_a_row_between_the_classes_and_one_against_the_correlation_are_noticed() -> None:
    distance, usual = _fitted(0, 400), _features(1, 400)[0]
    means = np.stack([usual[0::2].mean(axis=0), usual[1::2].mean(axis=0)])
    against = means[0] + np.array([0, 0, 0, 0, 1, -2], np.float32) * usual[::2].std(axis=0)
    assert distance.measure(against[None])[0] > np.quantile(distance.measure(usual), 0.99)
    assert distance.measure(means.mean(axis=0)[None])[0] > distance.measure(means).max()


def test_ood_features_are_told_apart_even_if_training_has_fewer_rows_than_features() -> None:
    distance = _fitted(0, 30, num_features=50)
    usual = _features(1, 100, num_features=50)[0]
    ood = 3.0 * _features(2, 100, num_features=50)[0]
    scores = distance.measure(np.concatenate([usual, ood]))
    assert roc_auc_score(np.repeat([0, 1], 100), scores) > 0.9


def test_a_feature_that_never_varies_is_noticed_when_it_does() -> None:
    features, classes = _features(0, 100)
    features[:, 2] = 0.0
    distance = fit_feature_distance(features, classes)
    assert distance is not None
    awake = features.copy()
    awake[:, 2] = 1.0
    assert distance.measure(awake).min() > distance.measure(features).max()


def test_rows_that_are_not_finite_count_nowhere() -> None:
    features, classes = _features(0, 101)
    broken = features.copy()
    broken[100] = np.nan
    distance, expected = (
        fit_feature_distance(broken, classes),
        fit_feature_distance(features[:100], classes[:100]),
    )
    assert distance is not None
    assert expected is not None
    np.testing.assert_array_equal(distance.whitening, expected.whitening)


def test_without_finite_rows_there_is_no_distance() -> None:
    assert fit_feature_distance(np.full((5, 3), np.nan, np.float32), np.zeros(5, np.int64)) is None
