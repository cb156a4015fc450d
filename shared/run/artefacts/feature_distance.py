"""How far a row's features lie from those of the training split.

The fitted numbers, their measure and their file.

Features are what the network's last dense layer sees. The distance to a class is Mahalanobis', with
one covariance for all classes (Lee et al. 2018, eq. 2); a row is as far as its nearest class.
Forecasts have no classes: all rows are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shared.errors import ContractError
from shared.run.artefacts.array_tables import (
    array_table,
    array_values,
    naming_damage,
    read_array_table,
)
from shared.run.directory import RunDirectory

__all__ = ["FeatureDistance", "read_feature_distance", "write_feature_distance"]

_FILE, _MAKER = "predictions/feature_statistics.parquet", "predict"


@dataclass(frozen=True)
class FeatureDistance:
    """Whitened Gaussians: after `features @ whitening` each class is a ball of radius 1.

    Attributes:
        whitening: (features, features) float32: inverse root of the covariance within classes.
        centres: (classes, features) float32: means of the classes, whitened.
    """

    whitening: NDArray[np.float32]
    centres: NDArray[np.float32]

    def __post_init__(self) -> None:
        num_features = len(self.whitening)
        if (
            self.whitening.shape != (num_features, num_features)
            or self.centres.ndim != 2
            or self.centres.shape[1] != num_features
        ):
            raise ContractError(
                "FeatureDistance needs a square whitening and as many features in each centre, "
                f"received {self.whitening.shape} and {self.centres.shape}."
            )

    def measure(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean squared distance over features, (n,) float32, at least 0.

        The training split's mean is about 1.

        Args:
            features: (n, features) float32.
        """
        white = features.astype(np.float64) @ self.whitening.astype(np.float64)
        distances = [
            np.square(white - centre).mean(axis=1) for centre in self.centres.astype(np.float64)
        ]
        return np.asarray(np.min(distances, axis=0), dtype=np.float32)


def write_feature_distance(run: RunDirectory, distance: FeatureDistance | None) -> None:
    """Write `predictions/feature_statistics.parquet`, a row for each feature.

    Without rows if the network has no features to compare.
    """
    columns: dict[str, NDArray[Any]] = {
        "feature": np.arange(0 if distance is None else len(distance.whitening))
    }
    if distance is not None:
        columns |= {"whitening": distance.whitening, "centres": distance.centres.T}
    with run.replacing(_FILE) as path:
        pq.write_table(array_table(columns), path)


def read_feature_distance(run: RunDirectory) -> FeatureDistance | None:
    """Read what `write_feature_distance` wrote.

    Raises:
        MissingArtefactError: The file is missing or damaged.
    """
    path = run.require(_FILE, maker=_MAKER)
    table = read_array_table(path, run.rerun_command(_MAKER))
    with naming_damage(path, run.rerun_command(_MAKER)):
        if len(array_values(table, "feature")) == 0:
            return None
        whitening, centres = (
            array_values(table, name).astype(np.float32) for name in ("whitening", "centres")
        )
        return FeatureDistance(whitening, centres.T)
