"""The export stage: publish one graph from wire to answer, once it answers as the Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.config.reading import as_read
from shared.config.setting_text import set_option
from shared.contract import Rows, ServedStream, ServedTensor, Splits
from shared.errors import ContractError
from shared.model.trained_model import Answers as Told
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.feature_distance import FeatureDistance, read_feature_distance
from shared.run.artefacts.parity_file import (
    AnswersParity,
    AttributionParity,
    ParityRecord,
    RefusalRecord,
)
from shared.run.artefacts.signature_file import NotMetRecord, SignatureRecord
from shared.run.context import StageContext
from shared.run.files import SAVED_MODEL
from shared.serving.attribution.offline_parity import attribution_faults, measure_attributions
from shared.serving.attribution.plan import AttributionPlan, plan_attributions
from shared.serving.deployed_graph import DeployedGraph, trained_fingerprint, write_saved_model
from shared.serving.parity import Answers, Reference, float32_arithmetic, measure_parity
from shared.serving.refusal_proof import measure_refusals, refusal_faults
from shared.serving.refused_answers import ERROR, refused_values
from shared.serving.rest_request import example_request, find_binary, first_rows
from shared.serving.saved_model import SavedModel, load_saved_model, newest_version
from shared.serving.servability import find_offenders, find_unservable, list_operations
from shared.serving.signature import describe_signatures
from shared.serving.streaming.endpoint import STREAM
from shared.serving.streaming.parity import measure_stream
from shared.targets import Categories, Target

__all__ = ["VERSION", "export_stage", "verify_export", "write_half_precision"]

VERSION = 1
"""The version folder that a run publishes; a server wants an integer."""

_EXAMPLES_OF_EACH_SPLIT = 16
_MOST_NAMED = 20


@dataclass(frozen=True)
class _Trained:
    """What is exported, and what else the run knows of it."""

    context: StageContext
    model: TrainedModel
    record: CalibrationRecord
    feature_statistics: FeatureDistance | None
    plan: AttributionPlan
    stream: ServedStream | None

    @classmethod
    def of(cls, context: StageContext) -> _Trained:
        """Of a run whose calibrate stage is done."""
        model = load_trained_model(context)
        record = CalibrationRecord.read(context.run)
        feature_statistics = read_feature_distance(context.run)
        plan = plan_attributions(context, model, record)
        stream = context.pipeline.served_stream(context.config, model.model)
        return cls(context, model, record, feature_statistics, plan, stream)

    @property
    def splits(self) -> Splits:
        return self.context.splits()

    @property
    def tensors(self) -> Mapping[str, ServedTensor]:
        """Endpoint -> what of `preprocess` it answers with."""
        return self.context.pipeline.served_tensors(self._config)

    @property
    def _config(self) -> RunConfig:
        return as_read(self.context.config, self.splits.reading)

    def write(self, folder: Path, *, half_precision: bool = False) -> None:
        """The SavedModel."""
        graph = DeployedGraph(
            self.model,
            self.splits.target,
            self.record,
            self.feature_statistics,
            refusals=self.context.pipeline.refusals(self._config),
            attributions=self.plan.attributions,
            stream=self.stream,
            tensors=self.tensors,
        )
        write_saved_model(graph, folder, half_precision=half_precision)


def write_half_precision(context: StageContext, folder: Path) -> None:
    """Write a SavedModel with the same endpoints, whose network has its weights in float16.

    Nothing of it is proven here: `shared.compression` compares its answers.
    """
    _Trained.of(context).write(folder, half_precision=True)


def export_stage(context: StageContext) -> None:
    """Write `saved_model/1/`, `signature.json` and `parity.json`.

    Raises:
        ContractError: A gate failed; nothing is published, and what was published before stays.
    """
    gathered: list[ParityRecord | SignatureRecord] = []

    def fill(folder: Path) -> None:
        context.progress.update(0, 3, "tracing the deployed graph")
        trained = _Trained.of(context)
        trained.write(folder)
        context.progress.update(1, 3, "comparing with the Keras model")
        saved = load_saved_model(folder)
        gathered.append(_verify(trained, saved))
        context.progress.update(2, 3, "writing the signature")
        gathered.append(_describe(trained, saved))

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
    return _verify(_Trained.of(context), saved)


def _verify(trained: _Trained, saved: SavedModel) -> ParityRecord:
    # Cheap gates first: what can't be served need not be compared.
    operations = list_operations(saved.path)
    offenders = find_offenders(operations)
    _raise_on([f"operation {name}: {reason}" for name, reason in offenders.items()])
    _raise_on(find_unservable(saved))
    if saved.fingerprint() != trained_fingerprint(trained.model):
        _raise_on(["its weights are not those of model.keras and preprocess.keras"])
    wire = _examples(trained.splits)
    with float32_arithmetic():
        parity = _answers(trained, saved, wire)
        attributions = _attributions(trained, saved, wire)
    return ParityRecord(
        **dict(parity),
        attributions=attributions,
        refused=_refusals(trained, saved, wire),
        operations=tuple(operations),
        offending_operations=offenders,
    )


def _answers(trained: _Trained, saved: SavedModel, wire: Rows) -> AnswersParity:
    rows = trained.model.decode_rows(wire)
    answers = trained.model.answer_rows(rows)
    reference = Reference(
        answers.scores,
        distances=_distances(trained.feature_statistics, answers),
        spreads=answers.spreads,
        others=_made_on_the_way(trained, rows),
    )
    parity = measure_parity(saved, trained.splits.target, trained.record, wire, reference)
    if trained.stream is not None:
        signal = rows[trained.stream.row]
        found = measure_stream(saved, trained.stream, signal, answers.scores)
        outputs = {**parity.outputs, f"{STREAM}/scores": found}
        parity = parity.model_copy(update={"outputs": outputs})
    _raise_on(_parity_faults(parity))
    return parity


def _made_on_the_way(trained: _Trained, rows: Rows) -> Answers:
    """What the endpoints of `preprocess` must answer for decoded rows."""
    no_error = np.full(len(next(iter(rows.values()))), "", dtype=object)
    return {
        endpoint: {
            one.output: np.asarray(trained.model.inside(one.layer)(rows, training=False)),
            ERROR: no_error,
        }
        for endpoint, one in trained.tensors.items()
    }


def _attributions(trained: _Trained, saved: SavedModel, wire: Rows) -> AttributionParity | None:
    served = trained.plan.attributions
    if served is None:
        return None
    few = {name: values[[0, -1]] for name, values in wire.items()}  # of validation and of test
    parity = measure_attributions(saved, served, trained.model, trained.record, few)
    _raise_on(attribution_faults(parity))
    return parity


def _distances(
    feature_statistics: FeatureDistance | None, answers: Told
) -> NDArray[np.float32] | None:
    if feature_statistics is None or answers.features is None:
        return None
    return feature_statistics.measure(answers.features)


def _refusals(trained: _Trained, saved: SavedModel, wire: Rows) -> dict[str, RefusalRecord]:
    context = trained.context
    items = context.pipeline.unusable_items(as_read(context.config, trained.splits.reading))
    values = refused_values(
        trained.splits.target, trained.record.ood, trained.plan.segments, trained.tensors
    )
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


def _describe(trained: _Trained, saved: SavedModel) -> SignatureRecord:
    splits = trained.splits
    plan = trained.plan
    target: Target = splits.target
    binary = find_binary(_examples(splits))
    described = {**plan.described}
    described |= {one.output: one.described for one in trained.tensors.values()}
    signatures = describe_signatures(
        saved, target, binary, splits.columns, described, trained.stream
    )
    return SignatureRecord(
        model=trained.context.pipeline.name,
        version=VERSION,
        weights_sha256=saved.fingerprint(),
        target=target,
        not_met=_not_met(splits),
        classes=target.names if isinstance(target, Categories) else None,
        calibration=trained.record,
        signatures=signatures,
        attributions=plan.record,
        why_no_attributions=plan.reason,
        example=example_request(trained.context, saved, splits),
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
