"""How many floating-point operations a model takes for one example."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from shared.run.artefacts.train_file import BoundedEstimate

__all__ = ["estimate_training_flops", "forward_flops"]

_LOOPS = frozenset({"While", "StatelessWhile"})

_UNNAMED_INDICES = "UVWXYZ"
"""Names for the indices that an ellipsis stands for, from the right."""

_BACKWARD_PER_FORWARD = (1.0, 2.0, 3.0)
"""FLOPs of the backward pass per FLOP of the forward pass: mostly 2, between 1 and 3 (Hobbhahn &
Sevilla 2021, "What's the backward-forward FLOP ratio for neural networks?", Epoch)."""


def forward_flops(model: keras.Model, element_spec: Mapping[str, tf.TensorSpec]) -> BoundedEstimate:
    """Operations of one example's way through a model at inference.

    TensorFlow's profiler adds up what its operations say about themselves (a multiplication and an
    addition are two); matrix products written as Einsum, about which it says nothing, are added.
    What a batch costs once, whatever its size, is left out: two batch sizes are compared.
    Activation functions, normalisation kernels and look-ups say nothing either and count as
    nothing.

    Args:
        model: From named tensors to scores.
        element_spec: Shapes and dtypes of one example's tensors.
    """
    one_row = _graph(model, element_spec, 1)
    two_rows = _graph(model, element_spec, 2)
    flops = _count(two_rows) - _count(one_row)
    method = "counted by TensorFlow's profiler in the inference graph, Einsum added"
    high: float | None = flops
    num_loops = _num_loops(one_row)
    if num_loops:
        method += f"; at least, since the steps of {num_loops} loops count once"
        high = None
    return BoundedEstimate(value=flops, low=flops, high=high, unit="FLOPs", method=method)


def estimate_training_flops(forward: BoundedEstimate, num_examples: int) -> BoundedEstimate:
    """Operations of training on so many examples: forward and backward.

    Args:
        forward: Operations of one example at inference.
        num_examples: Examples that were trained on, each as often as it was.
    """
    low, middle, high = (1.0 + ratio for ratio in _BACKWARD_PER_FORWARD)
    ratios = f"{middle:g} ({low:g} to {high:g})"
    return BoundedEstimate(
        value=middle * forward.value * num_examples,
        low=low * forward.low * num_examples,
        high=None if forward.high is None else high * forward.high * num_examples,
        unit="FLOPs",
        method=f"{ratios} times the forward pass, for each of {num_examples:,} examples",
    )


def _graph(model: keras.Model, element_spec: Mapping[str, tf.TensorSpec], batch_size: int) -> Any:
    """The inference graph for a batch size, with every shape known."""
    specs = {
        name: tf.TensorSpec((batch_size, *spec.shape), spec.dtype)
        for name, spec in element_spec.items()
    }
    infer = tf.function(lambda inputs: model(inputs, training=False), autograph=False)
    return infer.get_concrete_function(specs).graph


def _count(graph: Any) -> float:
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    profile = tf.compat.v1.profiler.profile(graph, options=options)
    einsums = [item for item in graph.get_operations() if item.type == "Einsum"]
    return float(profile.total_float_ops) + sum(_einsum_flops(item) for item in einsums)


def _num_loops(graph: Any) -> int:
    """Loops in the graph and in the functions that it calls."""
    definition = graph.as_graph_def()
    nodes = list(definition.node)
    for function in definition.library.function:
        nodes.extend(function.node_def)
    return sum(node.op in _LOOPS for node in nodes)


def _einsum_flops(operation: Any) -> float:
    """A product of two operands.

    A multiplication and an addition for each combination of all indices.
    """
    if len(operation.inputs) != 2:
        return 0.0
    equation = operation.get_attr("equation").decode()
    sizes: dict[str, int] = {}
    operands = equation.split("->")[0].split(",")
    for labels, tensor in zip(operands, operation.inputs, strict=True):
        num_unnamed = tensor.shape.rank - len(labels.replace("...", ""))
        unnamed = _UNNAMED_INDICES[len(_UNNAMED_INDICES) - num_unnamed :]
        named = labels.replace("...", unnamed)
        for label, size in zip(named, tensor.shape.as_list(), strict=True):
            sizes[label] = max(sizes.get(label, 1), size)
    return 2.0 * math.prod(sizes.values())
