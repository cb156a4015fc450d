"""All decoders and readers of files that others have made, each with the damaged files that it is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import yaml
from hypothesis import strategies as st

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
    FeatureDistance,
    read_feature_distance,
    write_feature_distance,
)
from shared.run.artefacts.prediction_files import (
    read_perturbations,
    read_predictions,
    write_perturbations,
    write_predictions,
)
from shared.run.directory import RunDirectory
from shared.run.records import read_record
from shared.targets import Categories
from tests.fuzz.examination import Reader
from tests.fuzz.image_seeds import dicom_files, image_files, medmnist_files
from tests.fuzz.mutations import damaged_bytes, damaged_text, damaged_tree
from tests.fuzz.table_seeds import (
    COMPRESSORS,
    json_lines,
    parquet_tables,
    series_tables,
    series_texts,
    sounds,
    text_tables,
)
from tests.shared.run.artefacts.data_records import data_record

__all__ = ["all_readers"]

_TABLE_TEXTS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}


@cache
def all_readers() -> dict[str, Reader]:
    """Name -> reader."""
    readers = [
        _of_bytes("images", "a.png", image_files(), _read_image),
        _of_bytes("DICOM", "a.dcm", dicom_files(), _read_image),
        _of_bytes("MedMNIST npz", "a.npz", medmnist_files(), _read_medmnist),
        _of_bytes("sound", "a.wav", sounds(), _read_sound),
        *(
            _of_text(f"table {suffix}", f"a{suffix}", text_tables(mark), _read_table)
            for suffix, mark in _TABLE_TEXTS.items()
        ),
        _of_text("table .jsonl", "a.jsonl", json_lines(), _read_table),
        _of_bytes("table .parquet", "a.parquet", parquet_tables(), _read_table),
        *(_compressed(suffix) for suffix in COMPRESSORS),
        _of_text("series .csv", "a.csv", series_texts(), _read_series),
        _of_bytes("series .parquet", "a.parquet", series_tables(), _read_series),
        _presets(),
        _of_text(
            "--set",
            "a.txt",
            (b"train.epochs=3", b"data.group_columns=[a, b]", b"data.class_names={a: b, c: d}"),
            _read_assignment,
        ),
        _of_json(
            "config.json",
            "config.json",
            get_pipeline("medical_imaging").config_type().model_dump(mode="json"),
            _read_config,
        ),
        _of_json(
            "data.json",
            "data.json",
            _DATA_JSON,
            lambda folder: _used(DataRecord.read(RunDirectory(folder))),
        ),
        _of_json(
            "stage record",
            ".stages/train.json",
            _RECORD,
            lambda folder: _used(read_record(RunDirectory(folder), "train")),
        ),
        _of_bytes("predictions", "predictions/test.parquet", _predictions()[:2], _read_predictions),
        _of_bytes(
            "feature distance",
            "predictions/feature_statistics.parquet",
            _feature_statistics(),
            lambda folder: _measured(RunDirectory(folder)),
        ),
        _of_bytes(
            "perturbations",
            "predictions/perturbations.parquet",
            _predictions()[2:],
            lambda folder: _used(read_perturbations(RunDirectory(folder))),
        ),
        *_inputs(),
    ]
    return {reader.name: reader for reader in readers}


_RECORD = {
    "stage": "train",
    "code": "c0de",
    "inputs": {"data.json": "aa", "setting:train.epochs": "3"},
    "outputs": {"model.keras": "bb"},
}
_DATA_JSON = data_record(
    Categories(names=("a", "b")),
    class_counts={"a": 2, "b": 2},
    groups={"sex": {"f": 2, "m": 2}},
    conditions=["season"],
    notes=["one"],
).model_dump(mode="json")


def _of_bytes(
    name: str, file: str, seeds: tuple[bytes, ...], read: Callable[[Path], str | None]
) -> Reader:
    return Reader(name, file, seeds[0], damaged_bytes(seeds), read)


def _of_text(
    name: str, file: str, seeds: tuple[bytes, ...], read: Callable[[Path], str | None]
) -> Reader:
    return Reader(name, file, seeds[0], damaged_text(seeds), read)


def _of_json(name: str, file: str, tree: Any, read: Callable[[Path], str | None]) -> Reader:
    whole = json.dumps(tree, indent=2, sort_keys=True).encode()
    contents = st.one_of(
        damaged_text((whole,)), damaged_tree(tree).map(lambda changed: json.dumps(changed).encode())
    )
    return Reader(name, file, whole, contents, read)


def _compressed(suffix: str) -> Reader:
    """Damaged archives of whole tables, and whole archives of damaged ones."""
    pack, tables = COMPRESSORS[suffix], text_tables(",")
    contents = st.one_of(damaged_bytes(tuple(map(pack, tables))), damaged_text(tables).map(pack))
    return Reader(f"table .csv{suffix}", f"a.csv{suffix}", pack(tables[0]), contents, _read_table)


def _presets() -> Reader:
    seeds = tuple(
        (presets_folder("sentiment") / f"{name}.yaml").read_bytes() for name in ("smoke", "sst2")
    )
    trees = [
        damaged_tree(yaml.safe_load(seed)).map(lambda tree: yaml.safe_dump(tree).encode())
        for seed in seeds
    ]
    return Reader(
        "preset YAML", "a.yaml", seeds[0], st.one_of(damaged_text(seeds), *trees), _read_preset
    )


def _inputs() -> list[Reader]:
    """What `predict` reads, for every pipeline."""
    images, tables, one_column = (
        (*image_files(), *dicom_files()),
        text_tables(","),
        (b"good film\nbad film\n",),
    )

    def reading(name: str, file: str) -> Callable[[Path], str | None]:
        return partial(_read_inputs, name, file)

    return [
        _of_bytes("predict images", "a.png", images, reading("medical_imaging", "a.png")),
        replace(
            _of_text("predict image table", "a.csv", tables, reading("medical_imaging", "a.csv")),
            beside={"a.png": images[3]},
        ),
        _of_text("predict text table", "a.csv", tables, reading("sentiment", "a.csv")),
        _of_text(
            "predict text lines",
            "a.txt",
            (*one_column, *text_tables("\t")),
            reading("sentiment", "a.txt"),
        ),
        _of_bytes("predict sound", "a.wav", sounds(), reading("speech", "a.wav")),
        replace(
            _of_text("predict sound table", "a.csv", tables, reading("speech", "a.csv")),
            beside={"a.wav": sounds()[2]},
        ),
        _of_text("predict series", "a.csv", series_texts(), reading("time_series", "a.csv")),
    ]


def _used(value: object) -> str | None:
    del value
    return None


def _read_image(folder: Path) -> str | None:
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


def _read_medmnist(folder: Path) -> str | None:
    data = MedicalConfig().data.model_copy(update={"npz_limit_mib": 16})
    load_medmnist(data, folder / "a.npz").rows(np.array([0]))
    return None


def _read_sound(folder: Path) -> str | None:
    recording = read_recording(folder / "a.wav", sample_rate_hz=8000, max_seconds=2.0)
    tf.audio.decode_wav(recording.wire)  # what is accepted must not fail in the graph
    return None


def _read_table(folder: Path) -> str | None:
    path = next(folder.iterdir())
    table = read_table(path)
    for name in table:
        "".join([str(name), *table[name]]).encode()  # every value is text, and can be written
    if table_suffix(path) in _TABLE_TEXTS:
        read_first_row(path)
    read_table(path, keep_types=True)
    return None


def _read_series(folder: Path) -> str | None:
    config, _ = _smoke("time_series")
    read_series(next(folder.iterdir()), config.data)
    read_series(next(folder.iterdir()), config.data, last_steps=24)
    return None


def _read_preset(folder: Path) -> str | None:
    resolve_config(get_pipeline("sentiment").config_type, folder, "a").to_json()
    return None


def _read_assignment(folder: Path) -> str | None:
    text = (folder / "a.txt").read_bytes().decode("utf-8", errors="surrogateescape")
    override_config(get_pipeline("sentiment").config_type(), [text]).to_json()
    return None


def _read_config(folder: Path) -> str | None:
    read_config(get_pipeline("medical_imaging").config_type, folder / "config.json").to_json()
    return None


def _read_predictions(folder: Path) -> str | None:
    return _used(read_predictions(RunDirectory(folder), "test"))


def _measured(run: RunDirectory) -> str | None:
    """As the export does: read the distance and use it."""
    distance = read_feature_distance(run)
    if distance is not None:
        distance.measure(np.zeros((1, len(distance.whitening)), np.float32))
    return None


@cache
def _feature_statistics() -> tuple[bytes, ...]:
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
def _predictions() -> tuple[bytes, ...]:
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


def _read_inputs(name: str, file: str, folder: Path) -> str | None:
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


@cache
def _smoke(name: str) -> tuple[Any, Callable[[Any], Any]]:
    pipeline = get_pipeline(name)
    small = ["data.lookback_steps=24", "data.horizon_steps=6"] if name == "time_series" else []
    config = resolve_config(
        pipeline.config_type, presets_folder(name), "smoke", small, source="theirs"
    )
    return config, pipeline.decode(config)
