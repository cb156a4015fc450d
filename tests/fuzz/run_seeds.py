"""Files of a run, whole, to be damaged."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from shared.run.artefacts.feature_distance import (
    FeatureDistance,
    write_feature_distance,
)
from shared.run.artefacts.prediction_files import (
    write_perturbations,
    write_predictions,
)
from shared.run.directory import RunDirectory
from shared.targets import Categories
from tests.shared.run.artefacts.data_records import data_record

__all__ = ["DATA_JSON", "RECORD", "feature_statistics", "predictions"]


RECORD = {
    "stage": "train",
    "code": "c0de",
    "inputs": {"data.json": "aa", "setting:train.epochs": "3"},
    "outputs": {"model.keras": "bb"},
}
DATA_JSON = data_record(
    Categories(names=("a", "b")),
    class_counts={"a": 2, "b": 2},
    groups={"sex": {"f": 2, "m": 2}},
    conditions=["season"],
    notes=["one"],
).model_dump(mode="json")


@cache
def feature_statistics() -> tuple[bytes, ...]:
    """What the predict stage says of familiar features.

    Of a network that has them, of one that has none.
    """
    import tempfile

    distances = FeatureDistance(np.eye(3, dtype=np.float32), np.ones((2, 3), np.float32)), None
    contents = []
    for distance in distances:
        with tempfile.TemporaryDirectory() as folder:
            write_feature_distance(RunDirectory(Path(folder)), distance)
            contents.append((Path(folder) / "predictions/feature_statistics.parquet").read_bytes())
    return tuple(contents)


@cache
def predictions() -> tuple[bytes, ...]:
    """What the predict stage writes: classes, forecasts, perturbations."""
    import tempfile

    from tests.shared.evaluation.predicted_run import classified, forecast

    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder))
        write_predictions(
            run,
            "val",
            replace(classified(0, num_entities=3, rows_each=2), distances=np.ones(6, np.float32)),
        )
        write_predictions(run, "test", forecast(0, num_entities=2, rows_each=2))
        write_perturbations(run, {("noise", 1): classified(1, num_entities=2, rows_each=2)})
        return tuple(
            (run / f"predictions/{name}.parquet").read_bytes()
            for name in ("val", "test", "perturbations")
        )
