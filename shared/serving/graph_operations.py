"""Which operations a SavedModel needs, and which of them a stock server can't or shouldn't run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

__all__ = ["find_offenders", "list_operations"]

_ALLOWED_STATEFUL = frozenset(
    {
        # calling functions
        *("StatefulPartitionedCall", "If", "While", "Case"),
        # reading weights, and restoring them when the server loads the model
        *(
            "VarHandleOp",
            "VarIsInitializedOp",
            "ReadVariableOp",
            "ResourceGather",
            "ResourceGatherNd",
            "AssignVariableOp",
        ),
        *("DisableCopyOnRead", "SaveV2", "RestoreV2", "MergeV2Checkpoints"),
        # vocabularies
        *(
            "HashTableV2",
            "MutableHashTableV2",
            "InitializeTableV2",
            "InitializeTableFromTextFileV2",
            "LookupTableFindV2",
        ),
        *("LookupTableSizeV2", "LookupTableImportV2", "LookupTableExportV2"),
        # refusing a bad input
        *("Assert", "CheckNumerics"),
        "VariableShape",
    }
)
# TensorFlow calls these stateless, which is true of their kernels, but not of what they reach.
_FORBIDDEN_STATELESS = frozenset({"PyFuncStateless", "ReadFile", "MatchingFiles"})
_STATELESS_CONTROL_FLOW = frozenset({"StatelessIf", "StatelessWhile", "StatelessCase"})


def list_operations(path: Path) -> list[str]:
    """Names of all operations in the graph and the function library of the SavedModel at `path`, sorted."""
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


def _reason(name: str) -> str:
    if not hasattr(tf.raw_ops, name):
        return "not an operation of stock TensorFlow: a stock server does not know it"
    # "Stateless…" are the random operations that take their seed as an input.
    if "Random" in name or (name.startswith("Stateless") and name not in _STATELESS_CONTROL_FLOW):
        return "draws random numbers: the same request could get different answers"
    if name in _FORBIDDEN_STATELESS or (
        op_def_registry.get(name).is_stateful and name not in _ALLOWED_STATEFUL
    ):
        return (
            "not a pure function of the request: it draws random numbers, calls Python, touches"
            " files or keeps state"
        )
    return ""
