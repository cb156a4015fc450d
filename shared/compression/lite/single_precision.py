"""A graph without float64, which LiteRT does not compute.

Forecasts are in original units and computed in float64, because a value may be large beside its
error. Here every float64 of a frozen graph becomes float32. What digits that loses is for the gate
to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

__all__ = ["has_float64", "save_in_float32"]

_WIDE = types_pb2.DT_DOUBLE
_NARROW = types_pb2.DT_FLOAT


def has_float64(concrete: Any) -> bool:
    """Whether a concrete function computes anything in float64."""
    return any(_WIDE in _types(node) for node in _nodes(concrete.graph.as_graph_def()))


def save_in_float32(concrete: Any, path: str) -> None:
    """Save the same function, frozen, of float32 tensors, as the signature of the same name.

    Args:
        concrete: A signature of a loaded SavedModel: named inputs -> one named output.
        path: Where to.
    """
    narrow = _in_float32(concrete)
    names = [tensor.name.partition(":")[0] for tensor in narrow.inputs]
    (output,) = concrete.structured_outputs

    def answer(**inputs: Any) -> dict[str, Any]:
        return {output: narrow(*(inputs[name] for name in names))[0]}

    module = tf.Module()
    module.narrow = narrow
    specs = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name=name)
        for name, tensor in zip(names, narrow.inputs, strict=True)
    }
    module.answer = tf.function(answer).get_concrete_function(**specs)
    tf.saved_model.save(module, path, signatures={output: module.answer})


def _in_float32(concrete: Any) -> Any:
    """With inputs and outputs in the same order."""
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    graph = frozen.graph.as_graph_def()
    for node in _nodes(graph):
        for attribute in node.attr.values():
            _narrow(attribute)
    for function in graph.library.function:
        for argument in (*function.signature.input_arg, *function.signature.output_arg):
            if argument.type == _WIDE:
                argument.type = _NARROW
    wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
    inputs, outputs = (
        [wrapped.graph.get_tensor_by_name(tensor.name) for tensor in tensors]
        for tensors in (frozen.inputs, frozen.outputs)
    )
    return wrapped.prune(inputs, outputs)


def _nodes(graph: Any) -> Iterator[Any]:
    """All nodes, with those of functions that others call."""
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def _types(node: Any) -> set[int]:
    return {attribute.type for attribute in node.attr.values()}


def _narrow(attribute: Any) -> None:
    kind = attribute.WhichOneof("value")
    if kind == "type" and attribute.type == _WIDE:
        attribute.type = _NARROW
    elif kind == "list":
        for place, each in enumerate(attribute.list.type):
            attribute.list.type[place] = _NARROW if each == _WIDE else each
    elif kind == "tensor" and attribute.tensor.dtype == _WIDE:
        values = tf.make_ndarray(attribute.tensor).astype(np.float32)
        attribute.tensor.CopyFrom(tf.make_tensor_proto(values))
