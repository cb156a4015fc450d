"""What a client must know to use the deployed model.

Names, types, shapes, meanings, classes, and a request that works.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import assert_never

import tensorflow as tf

from shared.contract import Described, ServedStream
from shared.run.artefacts.signature_file import EndpointRecord, InputRecord, TensorRecord
from shared.serving.refused_answers import ERROR
from shared.serving.saved_model import SavedModel
from shared.serving.streaming.endpoint import PENDING, SIGNAL, STREAM
from shared.targets import Categories, Horizon, Target

__all__ = ["describe_signatures"]

_Meaning = tuple[str, str | None]
"""What an output says, and its unit if it has one."""

_CATEGORIES: dict[str, _Meaning] = {
    "scores": ("logits as the network emits them, in the order of classes", None),
    "probabilities": (
        "calibrated probability of each class, in the order of classes; sums to 1",
        "share",
    ),
    "class_index": (
        "position of the decided class in classes, from 0, by the rule calibration.decision; -1"
        " with an error",
        None,
    ),
    "class_name": ("the decided class", None),
    "in_set": ("1 for each class of the conformal set, in the order of classes; else 0", None),
    "member_spread": (
        "mutual information of class and member of the average, before calibration: 0 where all"
        " say the same",
        "nats",
    ),
    "abstain": (
        "1 if the model is not sure enough for the error share asked for: hand the row to a"
        " person; else 0",
        None,
    ),
}

_ERROR: dict[str, _Meaning] = {
    "error": (
        "why the row can't be used, in words for people; empty if nothing is wrong. With an error"
        " all other outputs say nothing",
        None,
    ),
}

_OOD: dict[str, _Meaning] = {
    "ood_score": (
        "how unlike the training data a row is: its features' distance, or its logits' energy;"
        " larger is stranger",
        None,
    ),
    "is_ood": (
        "1 if the row is stranger than rows like those of validation are: do not trust the answer;"
        " else 0",
        None,
    ),
}


def describe_signatures(
    saved: SavedModel,
    target: Target,
    binary: Collection[str],
    columns: Mapping[str, tuple[str, ...]],
    described_segments: Mapping[str, Described] = MappingProxyType({}),
    stream: ServedStream | None = None,
) -> dict[str, EndpointRecord]:
    """Inputs and outputs of each endpoint.

    Args:
        saved: The model.
        target: What it predicts.
        binary: Names of the inputs that take bytes of files.
        columns: Input -> names along its last axis.
        described_segments: What `explain` says besides numbers, and what the pipeline's own
            endpoints answer.
        stream: Of the endpoint `stream`; None if there is none.
    """
    told = {name: (one.meaning, one.unit) for name, one in described_segments.items()}
    meanings = _output_meanings(target) | told
    described = {}
    for endpoint in saved.endpoints:
        inputs = (
            _describe_input(name, spec, is_binary=name in binary, columns=columns.get(name))
            for name, spec in saved.inputs(endpoint)
        )
        outputs = (_describe(name, spec, meanings[name]) for name, spec in saved.outputs(endpoint))
        described[endpoint] = EndpointRecord(inputs=tuple(inputs), outputs=tuple(outputs))
    if stream is not None:
        described[STREAM] = _describe_stream(saved, stream)
    return described


def _describe_stream(saved: SavedModel, stream: ServedStream) -> EndpointRecord:
    """Inputs and outputs of one name are the same state, before and after."""
    handed_back = "what the answer to the piece before gave; zeros with the first"
    pending = f"{handed_back}, {stream.heard_again} for each row"
    inputs: dict[str, _Meaning] = {
        SIGNAL: (f"the next {stream.unit}, any number; all rows as many", None),
        PENDING: (pending, None),
    }
    steps = f"after each whole {stream.step_seconds:g} s; steps second, classes last"
    latest = f"of the latest {stream.row}, {steps}"
    outputs: dict[str, _Meaning] = {
        "scores": (f"logits {latest}", None),
        "probabilities": (f"calibrated probabilities {latest}", "share"),
        ERROR: ("why the piece was taken for silence; empty if nothing is wrong", None),
    }
    to_hand_back: _Meaning = ("to be sent with the next piece", None)
    taken = tuple(
        _input(name, spec, inputs.get(name, (handed_back, None)))
        for name, spec in saved.inputs(STREAM)
    )
    given = tuple(
        _describe(name, spec, outputs.get(name, to_hand_back))
        for name, spec in saved.outputs(STREAM)
    )
    return EndpointRecord(inputs=taken, outputs=given)


def _describe_input(
    name: str, spec: tf.TensorSpec, *, is_binary: bool, columns: tuple[str, ...] | None
) -> InputRecord:
    meaning = _input_meaning(spec, is_binary, has_columns=columns is not None)
    return _input(name, spec, (meaning, None), columns)


def _input(
    name: str, spec: tf.TensorSpec, meaning: _Meaning, columns: tuple[str, ...] | None = None
) -> InputRecord:
    return InputRecord(**dict(_describe(name, spec, meaning)), columns=columns)


def _describe(name: str, spec: tf.TensorSpec, meaning: _Meaning) -> TensorRecord:
    text, unit = meaning
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    return TensorRecord(name=name, dtype=spec.dtype.name, shape=shape, meaning=text, unit=unit)


def _input_meaning(spec: tf.TensorSpec, is_binary: bool, *, has_columns: bool) -> str:
    if spec.dtype != tf.string:
        return "numbers as the pipeline reads them from its files"
    if is_binary:
        return "the bytes of one file for each row; in JSON as {'b64': …}"
    if has_columns:
        return "for each row UTF-8 text of each of columns; empty where it is not known"
    return "UTF-8 text, one for each row"


def _output_meanings(target: Target) -> dict[str, _Meaning]:
    match target:
        case Categories():
            return _CATEGORIES | _explain_meanings("log-odds") | _OOD | _ERROR
        case Horizon():
            return _forecast_meanings(target) | _explain_meanings(target.unit) | _OOD | _ERROR
        case _:
            assert_never(target)


def _explain_meanings(unit: str) -> dict[str, _Meaning]:
    """Of the endpoint `explain`."""
    return {
        "attributions": (
            "how much each segment moves explained_value away from baseline_value, segments last",
            unit,
        ),
        "explained_value": (
            "what is explained: the calibrated log-odds of the decided class, or the expected value"
            " for each step ahead and channel",
            unit,
        ),
        "baseline_value": ("the same where the segments are at their baseline", unit),
        "completeness_gap": (
            "sum of attributions less (explained_value - baseline_value): what the attributions"
            " miss; large beside the difference, they must not be read",
            unit,
        ),
    }


def _forecast_meanings(target: Horizon) -> dict[str, _Meaning]:
    levels = ", ".join(f"{level:g}" for level in target.quantiles)
    axes = "for each step ahead and channel"
    return {
        "scores": (
            f"mean, then quantiles {levels}, as the network emits them, {axes}",
            target.unit,
        ),
        "forecast": (f"expected value {axes}", target.unit),
        "quantiles": (f"quantiles {levels}, calibrated, increasing, {axes}", target.unit),
        "member_spread": (
            f"standard deviation of the expected values of the average's members, {axes}",
            target.unit,
        ),
    }
