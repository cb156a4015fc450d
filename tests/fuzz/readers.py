"""All decoders and readers of files that others have made, each with the damaged files that it is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from pipelines import get_pipeline, presets_folder
from tests.fuzz.examination import Reader
from tests.fuzz.image_seeds import dicom_files, image_files, medmnist_files
from tests.fuzz.mutations import damaged_bytes, damaged_text, damaged_tree
from tests.fuzz.run_seeds import DATA_JSON, RECORD, feature_statistics, predictions
from tests.fuzz.table_seeds import (
    COMPRESSORS,
    json_lines,
    parquet_tables,
    series_tables,
    series_texts,
    sounds,
    text_tables,
)
from tests.fuzz.trying import (
    TABLE_TEXTS,
    try_assignment,
    try_config,
    try_data_record,
    try_feature_distance,
    try_image,
    try_inputs,
    try_medmnist,
    try_perturbations,
    try_predictions,
    try_preset,
    try_series,
    try_sound,
    try_stage_record,
    try_table,
)

__all__ = ["all_readers"]


@cache
def all_readers() -> dict[str, Reader]:
    """Name -> reader."""
    readers = [*_data_files(), *_settings(), *_run_files(), *_inputs()]
    return {reader.name: reader for reader in readers}


def _data_files() -> list[Reader]:
    return [
        _of_bytes("images", "a.png", image_files(), try_image),
        _of_bytes("DICOM", "a.dcm", dicom_files(), try_image),
        _of_bytes("MedMNIST npz", "a.npz", medmnist_files(), try_medmnist),
        _of_bytes("sound", "a.wav", sounds(), try_sound),
        *(
            _of_text(f"table {suffix}", f"a{suffix}", text_tables(mark), try_table)
            for suffix, mark in TABLE_TEXTS.items()
        ),
        _of_text("table .jsonl", "a.jsonl", json_lines(), try_table),
        _of_bytes("table .parquet", "a.parquet", parquet_tables(), try_table),
        *(_compressed(suffix) for suffix in COMPRESSORS),
        _of_text("series .csv", "a.csv", series_texts(), try_series),
        _of_bytes("series .parquet", "a.parquet", series_tables(), try_series),
    ]


def _settings() -> list[Reader]:
    assignments = (
        b"train.epochs=3",
        b"data.group_columns=[a, b]",
        b"data.class_names={a: b, c: d}",
    )
    config = get_pipeline("medical_imaging").config_type().model_dump(mode="json")
    return [
        _presets(),
        _of_text("--set", "a.txt", assignments, try_assignment),
        _of_json("config.json", "config.json", config, try_config),
    ]


def _run_files() -> list[Reader]:
    statistics = "predictions/feature_statistics.parquet"
    perturbations = "predictions/perturbations.parquet"
    return [
        _of_json("data.json", "data.json", DATA_JSON, try_data_record),
        _of_json("stage record", ".stages/train.json", RECORD, try_stage_record),
        _of_bytes("predictions", "predictions/test.parquet", predictions()[:2], try_predictions),
        _of_bytes("feature distance", statistics, feature_statistics(), try_feature_distance),
        _of_bytes("perturbations", perturbations, predictions()[2:], try_perturbations),
    ]


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
    return Reader(f"table .csv{suffix}", f"a.csv{suffix}", pack(tables[0]), contents, try_table)


def _presets() -> Reader:
    seeds = tuple(
        (presets_folder("sentiment") / f"{name}.yaml").read_bytes() for name in ("smoke", "sst2")
    )
    trees = [
        damaged_tree(yaml.safe_load(seed)).map(lambda tree: yaml.safe_dump(tree).encode())
        for seed in seeds
    ]
    return Reader(
        "preset YAML", "a.yaml", seeds[0], st.one_of(damaged_text(seeds), *trees), try_preset
    )


def _inputs() -> list[Reader]:
    """What `predict` reads, for every pipeline."""
    images = (*image_files(), *dicom_files())
    tables = text_tables(",")
    one_column = (b"good film\nbad film\n",)

    def reading(name: str, file: str) -> Callable[[Path], str | None]:
        return partial(try_inputs, name, file)

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
        _of_text("predict table", "a.csv", tables, reading("tabular", "a.csv")),
        _of_bytes("predict sound", "a.wav", sounds(), reading("speech", "a.wav")),
        replace(
            _of_text("predict sound table", "a.csv", tables, reading("speech", "a.csv")),
            beside={"a.wav": sounds()[2]},
        ),
        _of_text("predict series", "a.csv", series_texts(), reading("time_series", "a.csv")),
    ]
