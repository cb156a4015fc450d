"""A finished run's model, made smaller, with what that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.compression.comparison import compare_with
from shared.compression.conversion import Converted, convert_widest, score_examples
from shared.compression.half_saved_model import HalfSavedModel, write_half_saved_model
from shared.compression.latency import MOST_TIMED, measure_latency
from shared.compression.lite.litert import Storage
from shared.compression.lite.streamed import write_stream
from shared.compression.pruned import prune
from shared.compression.scopes import ScopedModel
from shared.compression.sizes import FULL, measure_full, measure_size
from shared.compression.small_run import write_small_run
from shared.config.setting_text import set_option
from shared.contract import Examples, Rows
from shared.errors import CompressionRefusedError, ConfigError
from shared.loading.batches.preparation import as_tensors
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.compression.record import (
    SCOPES_SAID,
    CompressionRecord,
    CompressionTimes,
    ConvertedRecord,
    GateRecord,
    PruningRecord,
    SizeRecord,
)
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import read_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import COMPRESSION_TIMING, MODEL, PREPROCESS
from shared.serving.deployed_graph import trained_fingerprint
from shared.targets.predictions import Predictions, Scores

__all__ = [
    "LITE_FILE",
    "Compressed",
    "about_run",
    "compress_run",
    "require_compressible",
]

LITE_FILE = "deployed.tflite"

_OwnMethod = Literal["float16", "int8", "prune"]
"""Methods that need no second training of a network from nothing."""

_STORAGE: dict[_OwnMethod, Storage] = {"float16": "float16", "int8": "int8", "prune": "float32"}
_NOTES: dict[_OwnMethod, tuple[str, ...]] = {
    "float16": (),
    "int8": ("Weights are int8 with a scale for each tensor; activations stay float32.",),
    "prune": (
        "Zeros are stored like any number: the file shrinks only once it is zipped, and LiteRT"
        " computes no faster for them.",
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


def compress_run(context: StageContext, method: _OwnMethod, folder: Path) -> Compressed:
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
    weights = _weights(trained)  # before pruning changes them
    source = _source(context, method, trained, expected)
    forms = _make(context, method, source, folder)
    predictions = {"val": forms.val, "test": _score_test(context, forms)}
    small = write_small_run(context, folder, predictions)
    sizes = _sizes(small, context.run, source, forms, weights)
    streamed = write_stream(
        context, small, source.trained, source.val, _STORAGE[method], against=source.name
    )
    compared = compare_with(small, context.run, context.config, against=FULL)
    record = CompressionRecord(
        **about_run(context.run, context.pipeline.title),
        method=method,
        weights_sha256=weights_sha256,
        sizes=sizes,
        converted=forms.converted_record,
        pruning=source.pruning,
        saved_model=forms.half_gate,
        comparisons=(compared,),
        notes=(*_NOTES[method], *forms.notes, *streamed),
    )
    record.write(small)
    times = _time(context, forms)
    small.write_json(COMPRESSION_TIMING, times.model_dump(mode="json"))
    return Compressed(record, times)


def about_run(run: RunDirectory, title: str) -> dict[str, Any]:
    """What a record says of the run that was made smaller.

    Args:
        run: The full model's.
        title: Of its pipeline.
    """
    synthetic = DataRecord.read(run).provenance.synthetic
    return {"run": str(run.path), "title": title, "synthetic": synthetic}


def require_compressible(run: RunDirectory) -> None:
    """Refuse a run whose test rows were scored by several models.

    Raises:
        ConfigError: It is a cross-validation.
    """
    for name in (MODEL, PREPROCESS):
        run.require(name)
    if DataRecord.read(run).folds:
        raise ConfigError(
            f"{run.path} is a cross-validation: its test rows were scored by several models, and"
            " one of them can't be compared on all rows. Compress a run with one split, such as"
            f" {set_option('data.split', 'entity')}"
        )


@dataclass(frozen=True)
class _Source:
    """What is converted.

    Attributes:
        name: For people.
        trained: The model.
        val: Validation rows as it scores them.
        pruning: None unless it was pruned.
    """

    name: str
    trained: TrainedModel
    val: Predictions
    pruning: PruningRecord | None = None


@dataclass(frozen=True)
class _Forms:
    """What was made; at least one of both.

    Attributes:
        converted: The LiteRT file.
        half: The SavedModel with weights in half precision.
        notes: Why one of them is missing.
    """

    converted: Converted | None
    half: HalfSavedModel | None
    notes: tuple[str, ...] = ()

    @property
    def converted_record(self) -> ConvertedRecord | None:
        return None if self.converted is None else self.converted.record

    @property
    def half_gate(self) -> GateRecord | None:
        return None if self.half is None else self.half.gate

    @property
    def val(self) -> Predictions:
        if self.converted is not None:
            return self.converted.val
        return self._half.val

    def score(self, examples: Examples) -> Scores:
        if self.converted is not None:
            return score_examples(self.converted.lite, self.converted.scoped, examples)
        return self._half.score(examples)

    @property
    def _half(self) -> HalfSavedModel:
        if self.half is None:
            raise CompressionRefusedError("No smaller form was made.")
        return self.half


def _source(
    context: StageContext, method: _OwnMethod, trained: TrainedModel, expected: Predictions
) -> _Source:
    if method != "prune":
        return _Source(FULL, trained, expected)
    pruned = prune(context, trained, expected)
    return _Source("the pruned model", pruned.trained, pruned.val, pruned.record)


def _make(context: StageContext, method: _OwnMethod, source: _Source, folder: Path) -> _Forms:
    """Of float16 a SavedModel may stand for a file that can't be converted."""
    if method != "float16":
        return _Forms(_convert(context, source, _STORAGE[method]), None)
    half = write_half_saved_model(context, folder, source.val, against=FULL)
    try:
        return _Forms(_convert(context, source, "float16"), half)
    except CompressionRefusedError as error:
        said = " ".join(str(error).replace("Nothing was written.", "").split())
        return _Forms(None, half, (f"There is no LiteRT file. {said}",))


def _convert(context: StageContext, source: _Source, storage: Storage) -> Converted:
    splits = context.splits()
    scoped = ScopedModel(source.trained, "wire", splits.target)
    return convert_widest(
        scoped, splits.val, source.val, storage, context.progress, against=source.name
    )


def _score_test(context: StageContext, forms: _Forms) -> Predictions:
    recorded = read_predictions(context.run, "test")
    scores = forms.score(context.splits().test)
    return replace(recorded, scores=scores, distances=None, spreads=None)


def _sizes(
    small: RunDirectory, full: RunDirectory, source: _Source, forms: _Forms, weights: Any
) -> tuple[SizeRecord, ...]:
    """Of the full model, whose weights these were, and of the smaller one, written now."""
    whole = measure_full(full, weights, with_saved=forms.half is not None)
    return (*whole, *_write(small, source, forms, beside=whole[-1].name))


def _write(small: RunDirectory, source: _Source, forms: _Forms, *, beside: str) -> list[SizeRecord]:
    """All files of the smaller model; `beside` is the full form that its SavedModel replaces."""
    sizes = []
    if source.pruning is not None:
        with small.replacing(MODEL) as path:
            source.trained.model.save(path)
        weights = _weights(source.trained)
        sizes.append(measure_size("pruned Keras model", small / MODEL, weights, beside=FULL))
    if forms.half is not None:
        sizes.append(forms.half.size(beside=beside))
    if forms.converted is not None:
        lite = forms.converted.lite
        with small.replacing(LITE_FILE) as path:
            path.write_bytes(lite.content)
        name = f"LiteRT, {forms.converted.record.storage}"
        sizes.append(measure_size(name, small / LITE_FILE, lite.weights, beside=FULL))
    return sizes


def _weights(trained: TrainedModel) -> list[NDArray[Any]]:
    return [np.asarray(weight).copy() for weight in trained.model.weights]


def _time(context: StageContext, forms: _Forms) -> CompressionTimes:
    """The smaller form beside TensorFlow's graph of the same part of the full model."""
    if forms.converted is not None:
        scoped = forms.converted.scoped
        name = "LiteRT, one thread"
        small: Callable[[Rows], Any] = forms.converted.lite
    else:
        trained = load_trained_model(context)
        scoped = ScopedModel(trained, "wire", context.splits().target)
        name = "SavedModel, float16"
        small = forms._half
    whole = tf.function(scoped.score, input_signature=[dict(scoped.graph.inputs)])
    calls = {"full model, TensorFlow": lambda rows: whole(as_tensors(rows)), name: small}
    one_by_one = replace(scoped, trained=replace(scoped.trained, batch_size=1))
    rows = list(one_by_one.batches(_few(context)))
    return measure_latency(calls, rows, scope=f"from {SCOPES_SAID[scoped.scope]} to scores")


def _few(context: StageContext) -> Examples:
    test = context.splits().test
    return test.take(np.arange(min(MOST_TIMED, len(test))))
