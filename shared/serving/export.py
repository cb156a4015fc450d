"""The export stage: publish one graph from wire to answer, once it answers as the Keras model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.config.reading import as_read
from shared.config.setting_text import set_option
from shared.contract import Rows, Splits
from shared.errors import ContractError
from shared.model.trained_model import Answers, TrainedModel, load_trained_model
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.feature_distance import FeatureDistance, read_feature_distance
from shared.run.artefacts.parity_file import AnswersParity, ParityRecord, RefusalRecord
from shared.run.artefacts.signature_file import NotMetRecord, SignatureRecord
from shared.run.context import StageContext
from shared.run.files import SAVED_MODEL
from shared.serving.deployed_graph import trained_fingerprint, write_saved_model
from shared.serving.parity import float32_arithmetic, measure_parity
from shared.serving.refusal_proof import measure_refusals, refusal_faults
from shared.serving.refused_answers import refused_values
from shared.serving.rest_request import example_request, find_binary, first_rows
from shared.serving.saved_model import SavedModel, load_saved_model, newest_version
from shared.serving.servability import find_offenders, find_unservable, list_operations
from shared.serving.signature import describe_signatures
from shared.targets import Categories, Target

__all__ = ["VERSION", "export_stage", "verify_export"]

VERSION = 1
"""The version folder that a run publishes; a server wants an integer."""

_EXAMPLES_OF_EACH_SPLIT = 16
_MOST_NAMED = 20


def export_stage(context: StageContext) -> None:
    """Write `saved_model/1/`, `signature.json` and `parity.json`.

    Raises:
        ContractError: A gate failed; nothing is published, and what was published before stays.
    """
    splits = context.splits()
    model = load_trained_model(context)
    record = CalibrationRecord.read(context.run)
    feature_statistics = read_feature_distance(context.run)
    gathered: list[ParityRecord | SignatureRecord] = []

    def fill(folder: Path) -> None:
        context.progress.update(0, 3, "tracing the deployed graph")
        config = as_read(context.config, splits.reading)
        refusals = context.pipeline.refusals(config)
        write_saved_model(
            model, splits.target, record, folder, feature_statistics, refusals=refusals
        )
        context.progress.update(1, 3, "comparing with the Keras model")
        saved = load_saved_model(folder)
        gathered.append(_verify(context, saved, model, record, feature_statistics))
        context.progress.update(2, 3, "writing the signature")
        gathered.append(_describe(context, saved, record, splits))

    context.run.write_folder(f"{SAVED_MODEL}/{VERSION}", fill)
    for described in gathered:
        described.write(context.run)
    context.progress.update(3, 3)


def verify_export(context: StageContext) -> ParityRecord:
    """Compare what is published with the run's Keras model again; returns what `parity.json` holds.

    Raises:
        MissingArtefactError: Nothing was exported.
        ContractError: It does not answer as the Keras model does, or is not servable.
    """
    saved = load_saved_model(newest_version(context.run))
    model = load_trained_model(context)
    record = CalibrationRecord.read(context.run)
    return _verify(context, saved, model, record, read_feature_distance(context.run))


def _verify(
    context: StageContext,
    saved: SavedModel,
    model: TrainedModel,
    record: CalibrationRecord,
    feature_statistics: FeatureDistance | None,
) -> ParityRecord:
    splits = context.splits()
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
        distances = _distances(feature_statistics, answers)
        parity = measure_parity(
            saved, splits.target, record, wire, answers.scores, distances, answers.spreads
        )
    _raise_on(_parity_faults(parity))
    return ParityRecord(
        **dict(parity),
        refused=_refusals(context, saved, record, wire),
        operations=tuple(operations),
        offending_operations=offenders,
    )


def _distances(
    feature_statistics: FeatureDistance | None, answers: Answers
) -> NDArray[np.float32] | None:
    if feature_statistics is None or answers.features is None:
        return None
    return feature_statistics.measure(answers.features)


def _refusals(
    context: StageContext, saved: SavedModel, record: CalibrationRecord, wire: Rows
) -> dict[str, RefusalRecord]:
    splits = context.splits()
    items = context.pipeline.unusable_items(as_read(context.config, splits.reading))
    values = refused_values(splits.target, record.ood)
    refused = measure_refusals(saved, items, wire, values)
    _raise_on(refusal_faults(refused))
    return refused


def _raise_on(faults: list[str]) -> None:
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise ContractError(f"The exported model must not be served:\n{listed}")


def _parity_faults(parity: AnswersParity) -> list[str]:
    faults = []
    if not parity.deterministic:
        faults.append("the same request got two different answers")
    if not parity.finite:
        faults.append("an answer holds a number that is not finite")
    for name, item in parity.outputs.items():
        if not item.passed:
            measured = item.model_dump(exclude={"passed"})
            faults.append(f"output {name!r} differs from the Keras model: {measured}")
    return faults


def _examples(splits: Splits) -> Rows:
    """Wire rows from validation and test, the first few of each."""
    val = first_rows(splits.val, _EXAMPLES_OF_EACH_SPLIT)
    test = first_rows(splits.test, _EXAMPLES_OF_EACH_SPLIT)
    return {name: np.concatenate([val[name], test[name]]) for name in val}


def _describe(
    context: StageContext, saved: SavedModel, record: CalibrationRecord, splits: Splits
) -> SignatureRecord:
    target: Target = splits.target
    binary = find_binary(_examples(splits))
    return SignatureRecord(
        model=context.pipeline.name,
        version=VERSION,
        weights_sha256=saved.fingerprint(),
        target=target,
        not_met=_not_met(splits),
        classes=target.names if isinstance(target, Categories) else None,
        calibration=record,
        signatures=describe_signatures(saved, target, binary, splits.columns),
        example=example_request(context, saved, splits),
        reading=dict(splits.reading),
    )


def _not_met(splits: Splits) -> NotMetRecord | None:
    """None but for a cross-validation, of which the first fold's model is deployed."""
    if not splits.folds:
        return None
    entities = np.unique(splits.test.entities)
    return NotMetRecord(
        fold=1,
        num_folds=len(splits.folds),
        num_entities=len(entities),
        entities=tuple(entities[:_MOST_NAMED].tolist()),
        how_to_train_on_more=(
            f"{set_option('data.split', 'entity')} with small data.test_share and"
            " data.validation_share"
        ),
    )
