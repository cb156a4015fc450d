"""The export stage: publish one graph from wire to answer, after proving that it answers as the Keras model does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows, Splits
from shared.errors import ContractError
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
)
from shared.run.artefacts.feature_distance import FeatureDistance, read_feature_distance
from shared.run.context import StageContext
from shared.serving.deployed_graph import trained_fingerprint, write_saved_model
from shared.serving.graph_operations import find_offenders, list_operations
from shared.serving.parity import float32_arithmetic, measure_parity
from shared.serving.rest_request import find_binary, predict_request
from shared.serving.saved_model import FOLDER, SavedModel, load_saved_model, newest_version
from shared.serving.signature import describe_signatures, find_unservable
from shared.targets import Categories, Target

__all__ = ["VERSION", "export_stage", "verify_export"]

VERSION = 1
"""The version folder that a run publishes; a server wants an integer."""

_EXAMPLES_OF_EACH_PART = 16
_SYNTHETIC_EXAMPLES = 60
_MOST_NAMED = 20


def export_stage(context: StageContext) -> None:
    """Write `saved_model/1/`, `signature.json` and `parity.json`.

    Raises:
        ContractError: A gate failed; nothing is published, and what was published before stays.
    """
    splits, model, record = (
        context.splits(),
        load_trained_model(context),
        CalibrationRecord.read(context.run),
    )
    feature_statistics = read_feature_distance(context.run)
    gathered: dict[str, Any] = {}

    def fill(folder: Path) -> None:
        context.progress.update(0, 3, "tracing the deployed graph")
        write_saved_model(model, splits.target, record, folder, feature_statistics)
        context.progress.update(1, 3, "comparing with the Keras model")
        saved = load_saved_model(folder)
        gathered["parity"] = _verify(saved, model, record, feature_statistics, splits)
        context.progress.update(2, 3, "writing the signature")
        gathered["signature"] = _describe(context, saved, record, splits)

    context.run.write_folder(f"{FOLDER}/{VERSION}", fill)
    context.run.write_json("parity.json", gathered["parity"])
    context.run.write_json("signature.json", gathered["signature"])
    context.progress.update(3, 3)


def verify_export(context: StageContext) -> dict[str, Any]:
    """Compare what is published with the run's Keras model again; returns what `parity.json` holds.

    Raises:
        MissingArtefactError: Nothing was exported.
        ContractError: It does not answer as the Keras model does, or is not servable.
    """
    saved, record = (
        load_saved_model(newest_version(context.run)),
        CalibrationRecord.read(context.run),
    )
    return _verify(
        saved,
        load_trained_model(context),
        record,
        read_feature_distance(context.run),
        context.splits(),
    )


def _verify(
    saved: SavedModel,
    model: TrainedModel,
    record: CalibrationRecord,
    feature_statistics: FeatureDistance | None,
    splits: Splits,
) -> dict[str, Any]:
    # Cheap gates first: what can't be served need not be compared.
    operations = list_operations(saved.path)
    offenders = find_offenders(operations)
    _raise_on([f"operation {name}: {reason}" for name, reason in offenders.items()])
    _raise_on(find_unservable(saved))
    if saved.fingerprint() != trained_fingerprint(model):
        _raise_on(["its weights are not those of model.keras and preprocess.keras"])
    wire = _examples(splits)
    with float32_arithmetic():
        answers = model.answer_rows(model.decode_rows(wire))
        distances = (
            None
            if feature_statistics is None or answers.features is None
            else feature_statistics.measure(answers.features)
        )
        parity = measure_parity(saved, splits.target, record, wire, answers.scores, distances)
    _raise_on(_parity_faults(parity))
    return parity | {
        "parts": ["val", "test"],
        "operations": operations,
        "offending_operations": offenders,
    }


def _raise_on(faults: list[str]) -> None:
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise ContractError(f"The exported model must not be served:\n{listed}")


def _parity_faults(parity: dict[str, Any]) -> list[str]:
    faults = []
    if not parity["deterministic"]:
        faults.append("the same request got two different answers")
    if not parity["finite"]:
        faults.append("an answer holds a number that is not finite")
    for name, item in parity["outputs"].items():
        if not item["passed"]:
            measured = {key: value for key, value in item.items() if key != "passed"}
            faults.append(f"output {name!r} differs from the Keras model: {measured}")
    return faults


def _examples(splits: Splits) -> Rows:
    """Wire rows from validation and test, the first few of each."""
    parts = [
        _first_rows(part.rows, len(part), _EXAMPLES_OF_EACH_PART)
        for part in (splits.val, splits.test)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _first_rows(rows: Any, available: int, wanted: int) -> Rows:
    chosen: Rows = rows(np.arange(min(available, wanted)))
    return chosen


def _describe(
    context: StageContext, saved: SavedModel, record: CalibrationRecord, splits: Splits
) -> dict[str, Any]:
    target: Target = splits.target
    return {
        "model": context.pipeline.name,
        "version": VERSION,
        "weights_sha256": saved.fingerprint(),
        "target": target.model_dump(mode="json"),
        "not_met": _not_met(splits),
        "classes": list(target.names) if isinstance(target, Categories) else None,
        "calibration": record.model_dump(mode="json"),
        "signatures": describe_signatures(
            saved, target, find_binary(_examples(splits)), splits.columns
        ),
        "example": _example_request(context, saved, splits),
    }


def _not_met(splits: Splits) -> dict[str, Any] | None:
    """Of a cross-validation: which fold's model this is, and the entities that it met neither in training nor in validation."""
    if not splits.folds:
        return None
    entities = np.unique(splits.test.entities)
    return {
        "fold": 1,
        "num_folds": len(splits.folds),
        "num_entities": len(entities),
        "entities": entities[:_MOST_NAMED].tolist(),
        "how_to_train_on_more": (
            "--set data.split=entity with small data.test_share and data.validation_share"
        ),
    }


def _example_request(
    context: StageContext, saved: SavedModel, splits: Splits
) -> dict[str, Any] | None:
    """A request that was tried.

    None if no synthetic row can be said in JSON, which has no word for missing numbers.

    It never holds anybody's records, because the signature travels further than they may: if the
    run's data is not synthetic, strings come from the pipeline's synthetic data (whose numbers may
    have other columns than the run's), and numbers are 0.
    """
    synthetic = splits.provenance.synthetic
    source = (
        splits
        if synthetic
        else context.pipeline.synthesize(
            context.config, _SYNTHETIC_EXAMPLES, context.config.train.seed
        )
    )
    wire = _first_rows(source.test.rows, len(source.test), _EXAMPLES_OF_EACH_PART)
    if not synthetic:
        wire = {
            name: values if values.dtype.kind in "OUS" else _zeros(saved, name, len(values))
            for name, values in wire.items()
        }
    speakable = np.flatnonzero(np.all([_rows_finite(values) for values in wire.values()], axis=0))
    if len(speakable) == 0:
        return None
    row = {name: values[speakable[:1]] for name, values in wire.items()}
    try:
        saved(row)
    except tf.errors.OpError as error:
        raise ContractError(
            "The deployed graph refuses a row of the pipeline's own synthetic data:"
            f" {error.message}"
        ) from error
    return {
        "method": "POST",
        "path": f"/v1/models/{context.pipeline.name}:predict",
        "body": predict_request(row),
    }


def _zeros(saved: SavedModel, name: str, num_rows: int) -> NDArray[Any]:
    spec = saved.input_spec(name)
    return np.zeros(
        (num_rows, *(size or 1 for size in spec.shape[1:])), dtype=spec.dtype.as_numpy_dtype
    )


def _rows_finite(values: NDArray[Any]) -> NDArray[np.bool_]:
    """For each row, whether all its numbers are finite; strings are."""
    if values.dtype.kind != "f":
        return np.ones(len(values), dtype=bool)
    return np.asarray(np.isfinite(values.reshape(len(values), -1)).all(axis=1))
