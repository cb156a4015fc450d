"""Reads a damaged file as the product does; returns why it was refused, or None."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from pipelines import get_pipeline, presets_folder
from pipelines.medical_imaging.config import DICOM_TAGS, MedicalConfig
from pipelines.medical_imaging.reading.images import read_image
from pipelines.medical_imaging.reading.medmnist import load_medmnist
from pipelines.medical_imaging.reading.patients import dicom_groups, pseudonyms
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from pipelines.speech.reading.recordings import read_recording
from pipelines.time_series.reading.series_table import read_series
from shared.config.sources import override_config, read_config, resolve_config
from shared.loading.files.tables import read_first_row, read_table, table_suffix
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.feature_distance import (
    read_feature_distance,
)
from shared.run.artefacts.prediction_files import (
    read_perturbations,
    read_predictions,
)
from shared.run.directory import RunDirectory
from shared.run.records import read_record

__all__ = [
    "TABLE_TEXTS",
    "try_assignment",
    "try_config",
    "try_data_record",
    "try_feature_distance",
    "try_image",
    "try_inputs",
    "try_medmnist",
    "try_perturbations",
    "try_predictions",
    "try_preset",
    "try_series",
    "try_sound",
    "try_stage_record",
    "try_table",
]


TABLE_TEXTS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}


def try_image(folder: Path) -> str | None:
    data = MedicalConfig().data.model_copy(update={"image_limit_px": 100_000})
    try:
        image = read_image(next(folder.iterdir()), data)
        dicom_groups(
            [image], data.model_copy(update={"dicom_groups": DICOM_TAGS})
        ).to_csv().encode()
        pseudonyms([image])
    except UnreadableImageError as error:
        return str(error)
    return None


def try_medmnist(folder: Path) -> str | None:
    data = MedicalConfig().data.model_copy(update={"npz_limit_mib": 16})
    load_medmnist(data, folder / "a.npz").rows(np.array([0]))
    return None


def try_sound(folder: Path) -> str | None:
    recording = read_recording(folder / "a.wav", sample_rate_hz=8000, max_seconds=2.0)
    tf.audio.decode_wav(recording.wire)  # what is accepted must not fail in the graph
    return None


def try_table(folder: Path) -> str | None:
    path = next(folder.iterdir())
    table = read_table(path)
    for name in table:
        "".join([str(name), *table[name]]).encode()  # every value is text, and can be written
    if table_suffix(path) in TABLE_TEXTS:
        read_first_row(path)
    read_table(path, keep_types=True)
    return None


def try_series(folder: Path) -> str | None:
    config, _ = _smoke("time_series")
    read_series(next(folder.iterdir()), config.data)
    read_series(next(folder.iterdir()), config.data, last_steps=24)
    return None


def try_preset(folder: Path) -> str | None:
    resolve_config(get_pipeline("sentiment").config_type, folder, "a").to_json()
    return None


def try_assignment(folder: Path) -> str | None:
    text = (folder / "a.txt").read_bytes().decode("utf-8", errors="surrogateescape")
    override_config(get_pipeline("sentiment").config_type(), [text]).to_json()
    return None


def try_config(folder: Path) -> str | None:
    read_config(get_pipeline("medical_imaging").config_type, folder / "config.json").to_json()
    return None


def try_predictions(folder: Path) -> str | None:
    read_predictions(RunDirectory(folder), "test")
    return None


def try_perturbations(folder: Path) -> str | None:
    read_perturbations(RunDirectory(folder))
    return None


def try_data_record(folder: Path) -> str | None:
    DataRecord.read(RunDirectory(folder))
    return None


def try_stage_record(folder: Path) -> str | None:
    read_record(RunDirectory(folder), "train")
    return None


def try_feature_distance(folder: Path) -> str | None:
    """As the export does: read the distance and use it."""
    distance = read_feature_distance(RunDirectory(folder))
    if distance is not None:
        distance.measure(np.zeros((1, len(distance.whitening)), np.float32))
    return None


def try_inputs(name: str, file: str, folder: Path) -> str | None:
    """As `predict` does: list the inputs, then read and decode those without a problem."""
    pipeline = get_pipeline(name)
    config, decode = _smoke(name)
    inputs = pipeline.read_inputs(config, folder / file)
    readable = np.array(
        [index for index, item in enumerate(inputs.ids.tolist()) if item not in inputs.problems],
        dtype=np.int64,
    )
    "".join([*inputs.ids.tolist(), *inputs.problems.values()]).encode()
    if len(readable) == 0:
        return next(iter(inputs.problems.values()))
    decode(
        {
            key: tf.constant(values.tolist() if values.dtype == object else values)
            for key, values in inputs.rows(readable).items()
        }
    )
    return None


_TOLD = {
    "time_series": ["data.lookback_steps=24", "data.horizon_steps=6"],
    "tabular": ["data.feature_columns=[text]", "data.number_columns=[]"],
}
"""What a run would tell from the training data."""


@cache
def _smoke(name: str) -> tuple[Any, Callable[[Any], Any]]:
    pipeline = get_pipeline(name)
    config = resolve_config(
        pipeline.config_type,
        presets_folder(name),
        "smoke",
        _TOLD.get(name, []),
        source="theirs",
    )
    return config, pipeline.decode(config)
