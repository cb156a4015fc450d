"""A stream whose scores anyone can check: sums of what was heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from shared.contract import ServedStream
from shared.serving.streaming.endpoint import StreamEndpoint

__all__ = ["STEP", "endpoint", "summing"]

STEP = 4
_AGAIN = 2


def summing(*, forgets: bool = False) -> ServedStream:
    """Scores: the sum of all steps so far, and of the values just before the step."""

    def advance(values: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        before = tf.zeros_like(state["total"]) if forgets else state["total"]
        total = before + tf.reduce_sum(values[:, _AGAIN:], axis=1, keepdims=True)
        again = tf.reduce_sum(values[:, :_AGAIN], axis=1, keepdims=True)
        return tf.concat([total, again], axis=1), {"total": total}

    return ServedStream(
        row="values",
        unit="values",
        step=STEP,
        step_seconds=0.1,
        heard_again=_AGAIN,
        state={"total": (1,)},
        advance=advance,
    )


def endpoint(stream: ServedStream) -> Any:
    """The endpoint over NumPy arrays, traced once for all lengths as in a SavedModel."""
    made = StreamEndpoint(stream, 2, lambda scores: tf.nn.softmax(scores))
    graph = tf.function(lambda **sent: made(sent), input_signature=None)
    concrete = graph.get_concrete_function(**made.specs)

    def ask(sent: Mapping[str, Any], signature: str = "stream") -> dict[str, Any]:
        assert signature == "stream"
        answer = concrete(**{name: tf.constant(values) for name, values in sent.items()})
        return {name: values.numpy() for name, values in answer.items()}

    return ask
