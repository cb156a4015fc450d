from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from shared.errors import ContractError, MissingArtefactError
from shared.run.artefacts.feature_distance import (
    FeatureDistance,
    read_feature_distance,
    write_feature_distance,
)
from shared.run.directory import RunDirectory


def _distance(num_classes: int = 2) -> FeatureDistance:
    generator = np.random.default_rng(num_classes)
    whitening = (np.eye(3) + 0.2 * generator.normal(size=(3, 3))).astype(np.float32)
    return FeatureDistance(whitening, generator.normal(size=(num_classes, 3)).astype(np.float32))


def test_a_row_is_as_far_as_its_nearest_class_in_squared_mahalanobis_distance_over_features() -> (
    None
):
    distance = _distance()
    features = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    precision = distance.whitening.astype(np.float64) @ distance.whitening.T
    means = distance.centres @ np.linalg.inv(distance.whitening)
    expected = [
        min(mahalanobis(row, mean, precision) ** 2 for mean in means) / 3 for row in features
    ]
    assert distance.measure(features) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("distance", [_distance(), _distance(1), None])
def test_what_is_written_is_read_back(run: RunDirectory, distance: FeatureDistance | None) -> None:
    write_feature_distance(run, distance)
    found = read_feature_distance(run)
    assert (found is None) == (distance is None)
    if found is not None and distance is not None:
        np.testing.assert_array_equal(found.whitening, distance.whitening)
        np.testing.assert_array_equal(found.centres, distance.centres)


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    runs = [RunDirectory(tmp_path / name) for name in ("a", "b")]
    for run in runs:
        write_feature_distance(run, _distance())
    first, second = ((run / "predictions/feature_statistics.parquet").read_bytes() for run in runs)
    assert first == second


def test_a_damaged_file_names_the_stage(run: RunDirectory) -> None:
    write_feature_distance(run, _distance())
    path = run / "predictions/feature_statistics.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        MissingArtefactError,
        match=(
            r"feature_statistics\.parquet is not a readable Parquet file .* Make it again with python -m pipelines run [a-z_A-Z]+ --stages"
            r" predict"
        ),
    ):
        read_feature_distance(run)


def test_shapes_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ContractError, match=r"received \(3, 3\) and \(2, 4\)"):
        FeatureDistance(np.eye(3, dtype=np.float32), np.zeros((2, 4), np.float32))
