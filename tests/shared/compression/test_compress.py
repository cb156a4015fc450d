"""One trained toy, made smaller in each way."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

import shared.compression.conversion
import shared.compression.pruned
from shared.compression.compress import LITE_FILE, compress_run, require_compressible
from shared.compression.lite.litert import Graph, LiteModel, convert
from shared.compression.scopes import ScopedModel
from shared.contract import Rows
from shared.errors import CompressionRefusedError, ConfigError, UserError
from shared.floors.linear import ABSENT
from shared.floors.scores import FLOOR_LOGITS, floor_model
from shared.model.named_inputs import reading_by_name
from shared.model.trained_model import load_trained_model
from shared.reporting.beside.compression_page import render_compression
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import read_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.serving.saved_model import load_saved_model
from shared.targets import Categories

pytestmark = pytest.mark.xdist_group("compressing")


def test_half_precision_gives_a_file_and_a_saved_model_that_answer_alike(
    toy_run: StageContext, tmp_path: Path
) -> None:
    found = compress_run(toy_run, "float16", tmp_path)
    record = found.record
    assert record.converted is not None and record.saved_model is not None
    assert record.converted.scope == "wire"
    full, saved, lite = record.sizes
    assert saved.weights_bytes < 0.6 * full.weights_bytes
    assert [one.beside for one in record.sizes] == [None, full.name, full.name]  # not exported
    assert lite.file_bytes == (tmp_path / LITE_FILE).stat().st_size
    raw = read_predictions(RunDirectory(tmp_path), "test")
    full_raw = read_predictions(toy_run.run, "test")
    np.testing.assert_allclose(raw.scores, full_raw.scores, atol=0.05)
    assert not np.array_equal(raw.scores, full_raw.scores)
    assert CalibrationRecord.read(RunDirectory(tmp_path)).n == len(toy_run.splits().val)
    timing = json.loads((tmp_path / "compression_timing.json").read_text())
    assert timing["models"][0]["name"] == "full model, TensorFlow"
    endpoints = load_saved_model(tmp_path / "saved_model" / "1").endpoints
    assert endpoints == ["explain", "scores", "serving_default"]
    page = render_compression(record, found.times)
    for words in (
        "Who pays?",
        "Instrument: old",
        "SYNTHETIC DATA",
        record.comparisons[0].verdict.answer,
    ):
        assert words in page


def test_a_file_that_answers_nan_is_refused_and_nothing_else_is_tried_silently(
    toy_run: StageContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(LiteModel):
        def __call__(self, inputs: Rows) -> NDArray[Any]:
            return np.full((len(inputs["signal"]), 3), np.nan)

    monkeypatch.setattr(
        shared.compression.conversion, "convert", lambda graph, storage: Broken(b"")
    )
    monkeypatch.setattr(shared.compression.conversion, "SCOPES", ("wire",))
    with pytest.raises(CompressionRefusedError, match="not finite"):
        compress_run(toy_run, "int8", tmp_path)
    assert not (tmp_path / "compression.json").exists()


def test_pruning_keeps_what_validation_allows(
    toy_run: StageContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.compression.pruned, "SHARES", (0.25, 0.999))
    record = compress_run(toy_run, "prune", tmp_path).record
    assert record.pruning is not None and record.converted is not None
    assert (record.pruning.share, len(record.pruning.tried)) == (0.25, 2)
    assert record.converted.gate.against == "the pruned model"
    full, pruned, _ = record.sizes
    assert pruned.weights_bytes == full.weights_bytes
    assert pruned.zipped_weights_bytes < full.zipped_weights_bytes


def test_texts_and_missing_operations_are_refused_in_words(toy_run: StageContext) -> None:
    scoped = ScopedModel(load_trained_model(toy_run), "tensors", toy_run.splits().target)
    spec = {"x": tf.TensorSpec((None, 4, 4), tf.float32, name="x")}
    strange = Graph(spec, (), lambda inputs: tf.linalg.inv(inputs["x"]))
    with pytest.raises(CompressionRefusedError, match="MatrixInverse"):
        convert(strange, "float32")
    assert set(scoped.graph.inputs) == {"channels"}


def test_a_floor_converts_though_training_lacked_a_class() -> None:
    row = keras.Input((4,), name="row")
    target = Categories(names=("a", "b", "c"))
    floor = reading_by_name(floor_model(target, "linear", {"row": row}, row))
    specs = {
        "row": tf.TensorSpec((None, 4), tf.float32, name="row"),
        FLOOR_LOGITS: tf.TensorSpec((None, None), tf.float32, name=FLOOR_LOGITS),
    }
    found = convert(Graph(specs, (floor,), floor), "float32")(
        {"row": np.ones((2, 4), np.float32), FLOOR_LOGITS: np.ones((2, 2), np.float32)}
    )
    assert found.tolist() == [[1.0, 1.0, ABSENT]] * 2


def test_float64_becomes_float32_and_loses_only_digits() -> None:
    spec = {"x": tf.TensorSpec((None, 4), tf.float64, name="x")}
    wide = Graph(spec, (), lambda inputs: 2.0 * inputs["x"] + tf.constant(1000.0, tf.float64))
    values = np.random.default_rng(0).normal(size=(3, 4))
    found = convert(wide, "float32")({"x": values})
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 2.0 * values + 1000.0, rtol=1e-6)


def test_no_room_for_temporary_files_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(UserError, match=r"needs room in .*gone \(No such file.*TMPDIR"):
        convert(Graph({"x": tf.TensorSpec((None, 2), tf.float32)}, (), lambda x: x), "float32")


def test_a_cross_validation_is_refused(toy_run: StageContext, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    for name in ("model.keras", "preprocess.keras"):
        (tmp_path / name).touch()
    fold = {"entities": ("a",), "num_entities": 1, "n": {"test": 1}}
    record = DataRecord.read(toy_run.run)
    DataRecord.model_validate({**record.model_dump(), "folds": (fold, fold)}).write(run)
    with pytest.raises(ConfigError, match="is a cross-validation"):
        require_compressible(run)
