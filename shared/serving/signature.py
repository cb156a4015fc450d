"""What a client must know to use the deployed model.

Names, types, shapes, meanings, classes, and a request that works.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, assert_never

import tensorflow as tf

from shared.serving.saved_model import SavedModel
from shared.targets import Categories, Horizon, Target

__all__ = ["describe_signatures", "find_unservable"]

# What TensorFlow Serving can write as JSON; float16 and bfloat16 it refuses (HTTP 400 for outputs,
# 501 for inputs).
_OUTPUT_TYPES = frozenset({"float32", "int32", "string"})
_UNREADABLE_INPUT_TYPES = frozenset({"float16", "bfloat16"})


_OOD: dict[str, tuple[str, str | None]] = {
    "ood_score": (
        (
            "how unlike the training data a row is: its features' distance, or its logits' energy;"
            " larger is stranger"
        ),
        None,
    ),
    "is_ood": (
        (
            "1 if the row is stranger than rows like those of validation are: do not trust the"
            " answer; else 0"
        ),
        None,
    ),
}


def describe_signatures(
    saved: SavedModel,
    target: Target,
    binary: Collection[str],
    columns: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Inputs and outputs of each endpoint.

    `name`, `dtype`, `shape` (null where free), `meaning` and `unit` (null if none).

    Inputs also say their `columns`: the names along the last axis (null if they have none).

    Args:
        saved: The model.
        target: What it predicts.
        binary: Names of the inputs that take bytes of files.
        columns: Input -> names along its last axis.
    """
    meanings = _output_meanings(target) | _OOD
    return {
        endpoint: {
            "inputs": [
                _describe(name, spec, _input_meaning(spec, name in binary), None)
                | {"columns": list(columns[name]) if name in columns else None}
                for name, spec in _inputs(saved, endpoint)
            ],
            "outputs": [
                _describe(name, spec, *meanings[name]) for name, spec in _outputs(saved, endpoint)
            ],
        }
        for endpoint in sorted(saved.loaded.signatures)
    }


def find_unservable(saved: SavedModel) -> list[str]:
    """What of the signatures a server could not handle over REST or could not batch.

    Empty if all is well.
    """
    faults = []
    for endpoint in sorted(saved.loaded.signatures):
        inputs, outputs = _inputs(saved, endpoint), _outputs(saved, endpoint)
        for name, spec in inputs + outputs:
            if spec.shape.rank is None or spec.shape.rank == 0 or spec.shape[0] is not None:
                faults.append(
                    f"{endpoint}: {name!r} has shape {spec.shape}, expected a free batch axis first"
                )
        faults += [
            f"{endpoint}: input {name!r} is {spec.dtype.name}"
            for name, spec in inputs
            if spec.dtype.name in _UNREADABLE_INPUT_TYPES
        ]
        faults += [
            f"{endpoint}: output {name!r} is {spec.dtype.name}"
            for name, spec in outputs
            if spec.dtype.name not in _OUTPUT_TYPES
        ]
    return faults


def _inputs(saved: SavedModel, endpoint: str) -> list[tuple[str, tf.TensorSpec]]:
    return sorted(saved.loaded.signatures[endpoint].structured_input_signature[1].items())


def _outputs(saved: SavedModel, endpoint: str) -> list[tuple[str, tf.TensorSpec]]:
    return sorted(saved.loaded.signatures[endpoint].structured_outputs.items())


def _describe(name: str, spec: tf.TensorSpec, meaning: str, unit: str | None) -> dict[str, Any]:
    shape = None if spec.shape.rank is None else spec.shape.as_list()
    return {
        "name": name,
        "dtype": spec.dtype.name,
        "shape": shape,
        "meaning": meaning,
        "unit": unit,
    }


def _input_meaning(spec: tf.TensorSpec, is_binary: bool) -> str:
    if spec.dtype != tf.string:
        return "numbers as the pipeline reads them from its files"
    if is_binary:
        return "the bytes of one file for each row; in JSON as {'b64': …}"
    return "UTF-8 text, one for each row"


def _output_meanings(target: Target) -> dict[str, tuple[str, str | None]]:
    """Meaning and unit of each output."""
    match target:
        case Categories():
            return {
                "scores": ("logits as the network emits them, in the order of classes", None),
                "probabilities": (
                    "calibrated probability of each class, in the order of classes; sums to 1",
                    "share",
                ),
                "class_index": ("position of the most probable class in classes, from 0", None),
                "class_name": ("the most probable class", None),
                "in_set": (
                    "1 for each class of the conformal set, in the order of classes; else 0",
                    None,
                ),
                "abstain": (
                    (
                        "1 if the model is not sure enough for the error share asked for: hand the"
                        " row to a person; else 0"
                    ),
                    None,
                ),
            }
        case Horizon():
            levels = ", ".join(f"{level:g}" for level in target.quantiles)
            axes = "for each step ahead and channel"
            return {
                "scores": (
                    f"mean, then quantiles {levels}, as the network emits them, {axes}",
                    target.unit,
                ),
                "forecast": (f"expected value {axes}", target.unit),
                "quantiles": (f"quantiles {levels}, calibrated, increasing, {axes}", target.unit),
            }
        case _:
            assert_never(target)
