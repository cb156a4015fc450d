"""The graph that is deployed.

Rules of refusal, decode, preprocess, model, calibration and serving decoder as one function from
wire to answer. An item that is refused, can't be decoded or has no finite answer gets an `error` of
its own; what stands in its place in the batch is an empty row.

`keras.Model.export` is not used: it traces a model as it is called without arguments, and there
Keras' random preprocessing layers are active, so that the server would flip and distort what it is
asked about. Every part is called with `training=False` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from shared.contract import NOT_FINITE, UNDECODABLE, Refusal, ServedStream, ServedTensor
from shared.errors import ContractError
from shared.loading.disk_errors import disk_errors_as_os_errors
from shared.model.calibration import calibrated_scores, rule_outputs
from shared.model.ood import ood_outputs
from shared.model.target import serving_decoder
from shared.model.trained_model import TrainedModel
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.feature_distance import FeatureDistance
from shared.serving.attribution.endpoint import EXPLAIN, ServedAttributions
from shared.serving.guarded_decode import decode_guarded
from shared.serving.half_weights import HalfWeights
from shared.serving.refused_answers import (
    SPREAD,
    also_refuse,
    find_errors,
    finite_rows,
    refuse,
    refused_values,
)
from shared.serving.saved_model import WEIGHTS, fingerprint_variables
from shared.serving.streaming.endpoint import STREAM, StreamEndpoint
from shared.targets import Categories, Target

__all__ = [
    "DeployedGraph",
    "input_specs",
    "trained_fingerprint",
    "write_saved_model",
]


@dataclass(frozen=True, eq=False)
class DeployedGraph:
    """From wire inputs to the outputs of each endpoint.

    All take wire inputs with a free batch axis. `serving_default` answers for people: what
    `serving_decoder` gives for calibrated scores, for categories also `class_name` (batch,) string,
    so that a client need not know the order of the classes, and what `rule_outputs` gives; for both
    kinds of target what `ood_outputs` gives, and of an average of members `member_spread`. `scores`
    gives `scores` (batch, *target.shape), as the network emits them. `explain` gives what
    `ServedAttributions` says, and the class that it is about. Each of `tensors` has an endpoint.
    All say `error` (batch,) string. `stream` takes pieces of a signal and a state instead, and
    gives what `StreamEndpoint` says.

    Attributes:
        model: The trained parts.
        target: How to read its scores.
        record: What validation chose: calibration, decision, sets, abstention, the OOD rule.
        feature_statistics: What features of the training split are like; an OOD rule on distances
            needs them.
        refusals: The pipeline's rules on wire items.
        attributions: What `explain` answers; None for no such endpoint.
        stream: How `stream` makes a step; None for no such endpoint.
        tensors: Endpoint -> what of `preprocess` it answers with.
    """

    model: TrainedModel
    target: Target
    record: CalibrationRecord
    feature_statistics: FeatureDistance | None = None
    refusals: Sequence[Refusal] = ()
    attributions: ServedAttributions | None = None
    stream: ServedStream | None = None
    tensors: Mapping[str, ServedTensor] = field(default_factory=dict)

    def endpoints(self) -> dict[str, tuple[Any, Any]]:
        """Name -> what answers, and what it takes.

        Raises:
            ContractError: `decode` has no named inputs.
        """
        wire = input_specs(self.model.decode)
        decoder = serving_decoder(self.record.deciding(self.target))
        found: dict[str, tuple[Any, Any]] = {
            "serving_default": (partial(self.answer, decoder), wire),
            "scores": (self.emit_scores, wire),
        }
        if self.attributions is not None:
            found[EXPLAIN] = (partial(self.explain, decoder), wire)
        for name, tensor in self.tensors.items():
            found[name] = (partial(self.emit_tensor, tensor), wire)
        if self.stream is not None:
            probabilities = partial(self.probabilities, decoder)
            streamed = StreamEndpoint(self.stream, self.target.shape[0], probabilities)
            found[STREAM] = (streamed, streamed.specs)
        return found

    def answer(self, decoder: keras.Model, wire: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of `serving_default`."""
        _, tensors, errors = self._tensors(wire)
        told = self.model.tell(tensors, features=self.feature_statistics is not None)
        scores = tf.cast(told["scores"], self.target.score_dtype)
        calibrated = calibrated_scores(self.record.calibration, scores)
        outputs = dict(decoder(calibrated, training=False))
        if isinstance(self.target, Categories):
            outputs["class_name"] = _class_names(self.target, outputs["class_index"])
            outputs |= rule_outputs(self.record, outputs["probabilities"], outputs["class_index"])
        outputs |= ood_outputs(
            self.record.ood, self.feature_statistics, scores, told.get("features")
        )
        if "spreads" in told:
            outputs[SPREAD] = told["spreads"]
        return self._refused(outputs, errors)

    def emit_scores(self, wire: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of `scores`."""
        _, tensors, errors = self._tensors(wire)
        scores = self.model.model(tensors, training=False)
        return self._refused({"scores": tf.cast(scores, self.target.score_dtype)}, errors)

    def emit_tensor(self, tensor: ServedTensor, wire: Mapping[str, Any]) -> dict[str, Any]:
        """The one output of an endpoint for what `preprocess` makes on its way."""
        errors, rows = self._rows(wire)
        made = self.model.inside(tensor.layer)(rows, training=False)
        return self._refused({tensor.output: made}, errors)

    def explain(self, decoder: keras.Model, wire: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of `explain`."""
        if self.attributions is None:
            raise ContractError("Nothing says what the graph attributes its answers to.")
        rows, tensors, errors = self._tensors(wire)
        scores = tf.cast(self.model.model(tensors, training=False), self.target.score_dtype)
        calibrated = calibrated_scores(self.record.calibration, scores)
        outputs = {}
        if isinstance(self.target, Categories):
            index = decoder(calibrated, training=False)["class_index"]
            outputs = {"class_index": index, "class_name": _class_names(self.target, index)}
        outputs |= self.attributions(rows, tensors, calibrated, outputs.get("class_index"))
        return self._refused(outputs, errors)

    def probabilities(self, decoder: keras.Model, scores: Any) -> Any:
        """Scores (n, classes) -> calibrated probabilities."""
        calibrated = calibrated_scores(self.record.calibration, scores)
        return decoder(calibrated, training=False)["probabilities"]

    @cached_property
    def _tensors(self) -> Any:
        """Wire -> decoded rows, what the network reads, and the errors so far.

        Traced once for all endpoints, of which it is the longest part.
        """

        def tensors(wire: Mapping[str, Any]) -> tuple[Any, Any, Any]:
            errors, rows = self._rows(wire)
            return rows, self.model.preprocess(rows, training=False), errors

        specs = input_specs(self.model.decode)
        return tf.function(tensors, input_signature=[specs], autograph=False)

    def _rows(self, wire: Mapping[str, Any]) -> tuple[Any, Any]:
        """The errors so far, and decoded rows."""
        errors = find_errors(self.refusals, wire)
        rows, is_decoded = decode_guarded(self.model.decode, wire, errors == "")
        return also_refuse(errors, tf.logical_not(is_decoded), UNDECODABLE), rows

    def _refused(self, outputs: Mapping[str, Any], errors: Any) -> dict[str, Any]:
        errors = also_refuse(errors, tf.logical_not(finite_rows(outputs)), NOT_FINITE)
        segments = None if self.attributions is None else self.attributions.segments
        values = refused_values(self.target, self.record.ood, segments, self.tensors)
        return refuse(outputs, errors, values)


def write_saved_model(graph: DeployedGraph, path: Path, *, half_precision: bool = False) -> None:
    """Write a SavedModel.

    Args:
        graph: What is deployed.
        path: The version folder; made here.
        half_precision: Whether the network's weights are stored as float16.

    Raises:
        ContractError: `decode` has no named inputs.
        OSError: The disk is full.
    """
    stored = HalfWeights(graph.model.model) if half_precision else None
    archive = _archive(graph.model, stored)
    for name, (endpoint, specs) in graph.endpoints().items():
        read = stored.reading(endpoint) if stored else endpoint
        archive.add_endpoint(name, _traced(read, specs), input_signature=[specs])
    # Gradients of custom-gradient ops are of no use to a server, and would add ops that it may not
    # know.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    with disk_errors_as_os_errors():
        archive.write_out(str(path), options=options, verbose=False)


def _traced(endpoint: Callable[..., Any], specs: Mapping[str, tf.TensorSpec]) -> Callable[..., Any]:
    """The endpoint as one call of its graph.

    TensorFlow traces twice what is saved, once to list its variables; ours takes seconds.
    """
    graph = tf.function(endpoint, input_signature=[specs], autograph=False).get_concrete_function()
    return lambda wire: graph(wire)


def _archive(model: TrainedModel, stored: HalfWeights | None) -> Any:
    """What endpoints are added to, with all weights as they are stored."""
    archive = keras.export.ExportArchive()
    for part in (model.decode, model.preprocess, stored or model.model):
        archive.track(part)
    weights = _weights(model)
    archive.add_variable_collection(WEIGHTS, stored.instead_of(weights) if stored else weights)
    return archive


def input_specs(decode: keras.Model) -> dict[str, tf.TensorSpec]:
    """Name, shape and dtype of what a client sends; the batch axis is free.

    Raises:
        ContractError: The model's input is not a dict of named tensors.
    """
    inputs = decode.input
    if not isinstance(inputs, Mapping):
        raise ContractError(
            f"decode must take a dict of named tensors, received {type(inputs).__name__}."
        )
    return {
        name: tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, name=name)
        for name, tensor in sorted(inputs.items())
    }


def trained_fingerprint(model: TrainedModel) -> str:
    """SHA-256 (hex) of all weights of decode, preprocess and model.

    Says which model an answer comes from.
    """
    return fingerprint_variables(_weights(model))


def _class_names(target: Categories, class_index: Any) -> Any:
    return tf.gather(tf.constant(target.names), class_index)


def _weights(model: TrainedModel) -> list[keras.Variable]:
    # Not `variables`: those include the states of dropout's random generators, which are drawn anew
    # whenever a model is loaded.
    return [weight for part in _parts(model) for weight in part.weights]


def _parts(model: TrainedModel) -> tuple[keras.Model, ...]:
    # The serving decoder has no weights.
    return (model.decode, model.preprocess, model.model)
