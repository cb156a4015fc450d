"""A finished run's model, made smaller, with what that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.compression.conversion import Converted, convert_widest, score_examples
from shared.compression.evidence import compare_with
from shared.compression.latency import MOST_TIMED, measure_latency
from shared.compression.litert import Storage
from shared.compression.pruned import Pruned, prune
from shared.compression.scopes import ScopedModel
from shared.compression.sizes import measure_size
from shared.compression.small_run import write_small_run
from shared.contract import Examples, Rows
from shared.errors import ConfigError
from shared.loading.batches.preparation import as_tensors
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.compression.record import (
    CompressionRecord,
    CompressionTimes,
    SizeRecord,
)
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import read_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import COMPRESSION_TIMING, MODEL, PREPROCESS
from shared.serving.deployed_graph import trained_fingerprint

__all__ = ["FULL", "LITE_FILE", "Compressed", "compress_run", "require_compressible"]

FULL = "the full model"
LITE_FILE = "model.tflite"

_STORAGE: dict[str, Storage] = {"float16": "float16", "int8": "int8", "prune": "float32"}
_NOTES = {
    "int8": "Weights are int8 with a scale for each tensor; activations stay float32.",
    "prune": (
        "Zeros are stored like any number: the file shrinks only once it is zipped, and LiteRT"
        " computes no faster for them."
    ),
}


@dataclass(frozen=True)
class Compressed:
    """What was found.

    Attributes:
        record: `compression.json`.
        times: `compression_timing.json`.
    """

    record: CompressionRecord
    times: CompressionTimes


def compress_run(
    context: StageContext, method: Literal["float16", "int8", "prune"], folder: Path
) -> Compressed:
    """Make a run's model smaller and measure what that costs; all files but the page.

    What is chosen is chosen on validation; the test split is scored once.

    Args:
        context: A run with predictions and calibration.
        method: How.
        folder: Where files go; empty. Whoever made it removes it if this fails.

    Raises:
        ConfigError: The run is a cross-validation.
        CompressionRefusedError: No form passes the gate.
        MissingArtefactError: The run is not finished.
    """
    require_compressible(context.run)
    expected = read_predictions(context.run, "val")
    trained = load_trained_model(context)
    weights_sha256 = trained_fingerprint(trained)
    sizes = [measure_size(FULL, context.run / MODEL, _weights(trained))]
    source = _Source(FULL, trained, expected, None)
    if method == "prune":
        pruned = prune(context, trained, expected)
        source = _Source("the pruned model", pruned.trained, pruned.val, pruned)
    converted = _convert(context, source, _STORAGE[method])
    test = _score_test(context, converted)
    small = write_small_run(context, folder, {"val": converted.val, "test": test})
    sizes += _write_models(small, source, converted)
    data = DataRecord.read(context.run)
    record = CompressionRecord(
        run=str(context.run.path),
        title=context.pipeline.title,
        synthetic=data.provenance.synthetic,
        method=method,
        weights_sha256=weights_sha256,
        sizes=tuple(sizes),
        converted=converted.record,
        pruning=None if source.pruned is None else source.pruned.record,
        comparisons=(compare_with(small, context.run, context.config, against=FULL),),
        notes=(_NOTES[method],) if method in _NOTES else (),
    )
    record.write(small)
    times = _time(context, converted)
    small.write_json(COMPRESSION_TIMING, times.model_dump(mode="json"))
    return Compressed(record, times)


def require_compressible(run: RunDirectory) -> None:
    """Refuse a run whose test rows were scored by several models.

    Raises:
        ConfigError: It is a cross-validation.
    """
    for name in (MODEL, PREPROCESS):
        run.require(name)
    if DataRecord.read(run).folds:
        raise ConfigError(
            f"{run.path} is a cross-validation: its test rows were scored by several models, and one"
            " of them can't be compared on all rows. Compress a run with one split, for example of"
            " --set data.split=entity"
        )


@dataclass(frozen=True)
class _Source:
    """What is converted.

    Attributes:
        name: For people.
        trained: The model.
        val: Validation rows as it scores them.
        pruned: None unless it was pruned.
    """

    name: str
    trained: TrainedModel
    val: Any
    pruned: Pruned | None


def _convert(context: StageContext, source: _Source, storage: Storage) -> Converted:
    splits = context.splits()
    scoped = ScopedModel(source.trained, "wire", splits.target)
    return convert_widest(
        scoped, splits.val, source.val, storage, context.progress, against=source.name
    )


def _score_test(context: StageContext, converted: Converted) -> Any:
    recorded = read_predictions(context.run, "test")
    scores = score_examples(converted.lite, converted.scoped, context.splits().test)
    return replace(recorded, scores=scores, distances=None, spreads=None)


def _write_models(small: RunDirectory, source: _Source, converted: Converted) -> list[SizeRecord]:
    sizes = []
    if source.pruned is not None:
        with small.replacing(MODEL) as path:
            source.trained.model.save(path)
        sizes.append(measure_size("pruned Keras model", small / MODEL, _weights(source.trained)))
    with small.replacing(LITE_FILE) as path:
        path.write_bytes(converted.lite.content)
    name = f"LiteRT, {converted.record.storage}"
    sizes.append(measure_size(name, small / LITE_FILE, converted.lite.weights))
    return sizes


def _weights(trained: TrainedModel) -> list[NDArray[Any]]:
    return [np.asarray(weight) for weight in trained.model.weights]


def _time(context: StageContext, converted: Converted) -> CompressionTimes:
    """The file beside TensorFlow's graph of the same part."""
    scoped = converted.scoped
    whole = tf.function(scoped.score, input_signature=[dict(scoped.graph.inputs)])
    calls: dict[str, Callable[[Rows], Any]] = {
        "TensorFlow": lambda rows: whole(as_tensors(rows)),
        "LiteRT, one thread": converted.lite,
    }
    rows = list(replace(scoped, trained=_row_by_row(scoped.trained)).batches(_few(context)))
    return measure_latency(calls, rows, scope=f"scores from {scoped.scope}")


def _row_by_row(trained: TrainedModel) -> TrainedModel:
    return replace(trained, batch_size=1)


def _few(context: StageContext) -> Examples:
    test = context.splits().test
    return test.take(np.arange(min(MOST_TIMED, len(test))))
