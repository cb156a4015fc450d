"""What of a SavedModel a stock server can't or shouldn't run: operations and types."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from shared.serving.saved_model import SavedModel

__all__ = ["find_offenders", "find_unservable", "list_operations"]

# What TensorFlow Serving can write as JSON; float16 and bfloat16 it refuses (HTTP 400 for outputs,
# 501 for inputs).
_OUTPUT_TYPES = frozenset({"float32", "float64", "int32", "string"})
_UNREADABLE_INPUT_TYPES = frozenset({"float16", "bfloat16"})

_CALLS = frozenset({"StatefulPartitionedCall", "If", "While", "Case"})
_WEIGHTS = frozenset(
    {
        "VarHandleOp",
        "VarIsInitializedOp",
        "VariableShape",
        "ReadVariableOp",
        "ResourceGather",
        "ResourceGatherNd",
        # when the server loads the model
        "AssignVariableOp",
        "DisableCopyOnRead",
        "SaveV2",
        "RestoreV2",
        "MergeV2Checkpoints",
    }
)
_VOCABULARIES = frozenset(
    {
        "HashTableV2",
        "MutableHashTableV2",
        "InitializeTableV2",
        "InitializeTableFromTextFileV2",
        "LookupTableFindV2",
        "LookupTableSizeV2",
        "LookupTableImportV2",
        "LookupTableExportV2",
    }
)
_REFUSALS_OF_INPUTS = frozenset({"Assert", "CheckNumerics"})
# How a damaged item is left behind (`shared/serving/guarded_decode.py`). Their elements are tensors
# of the request; datasets that read files or draw numbers are not among them.
_GUARDED_DECODING = frozenset({"TensorDataset", "TensorSliceDataset", "DatasetToSingleElement"})
_ALLOWED_STATEFUL = _CALLS | _WEIGHTS | _VOCABULARIES | _REFUSALS_OF_INPUTS | _GUARDED_DECODING
# TensorFlow calls these stateless, which is true of their kernels, but not of what they reach.
_FORBIDDEN_STATELESS = frozenset({"PyFuncStateless", "ReadFile", "MatchingFiles"})
_STATELESS_CONTROL_FLOW = frozenset({"StatelessIf", "StatelessWhile", "StatelessCase"})


def list_operations(path: Path) -> list[str]:
    """Names of all operations in graph and functions of the SavedModel at `path`, sorted."""
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((path / "saved_model.pb").read_bytes())
    names: set[str] = set()
    for meta_graph in saved.meta_graphs:
        library = meta_graph.graph_def.library.function
        names |= {node.op for node in meta_graph.graph_def.node}
        names |= {node.op for function in library for node in function.node_def}
        names -= {function.signature.name for function in library}
    return sorted(names)


def find_offenders(operations: Iterable[str]) -> dict[str, str]:
    """Operations that must not be deployed, each with the reason.

    Allowed is what stock TensorFlow defines and what is a pure function of its inputs, plus the few
    stateful operations that load weights and vocabularies. So everything that is random, calls
    Python, reads files or comes from an extension is refused without having to be listed.
    """
    reasons = {name: _reason(name) for name in sorted(operations)}
    return {name: reason for name, reason in reasons.items() if reason}


def find_unservable(saved: SavedModel) -> list[str]:
    """What of the signatures a server could not handle over REST or could not batch.

    Empty if all is well.
    """
    faults = []
    for endpoint in saved.signatures:
        inputs = saved.inputs(endpoint)
        outputs = saved.outputs(endpoint)
        faults += [
            f"{endpoint}: {name!r} has shape {spec.shape}, expected a free batch axis first"
            for name, spec in inputs + outputs
            if not _has_free_batch_axis(spec.shape)
        ]
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


def _has_free_batch_axis(shape: Any) -> bool:
    return shape.rank is not None and shape.rank > 0 and shape[0] is None


def _reason(name: str) -> str:
    if not hasattr(tf.raw_ops, name):
        return "not an operation of stock TensorFlow: a stock server does not know it"
    # "Stateless…" are the random operations that take their seed as an input.
    if "Random" in name or (name.startswith("Stateless") and name not in _STATELESS_CONTROL_FLOW):
        return "draws random numbers: the same request could get different answers"
    keeps_state = op_def_registry.get(name).is_stateful and name not in _ALLOWED_STATEFUL
    if keeps_state or name in _FORBIDDEN_STATELESS:
        return (
            "not a pure function of the request: it draws random numbers, calls Python, touches"
            " files or keeps state"
        )
    return ""
