"""A graph from a piece of a signal and a state to the scores of each step, and the state after it.

A server keeps nothing between two calls: whoever asks holds the state, so that any replica may
answer next, and a stream that breaks off is taken up where its client left it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import ServedStream
from shared.serving.refused_answers import ERROR

__all__ = ["NOT_HEARD", "PENDING", "SIGNAL", "STATE", "STREAM", "StreamEndpoint", "first_state"]

STREAM = "stream"
"""Name of the endpoint."""
SIGNAL = "signal"
"""Its input: the next piece, (rows, any)."""
STATE = "state_"
"""How inputs and outputs begin that are handed back."""
PENDING = f"{STATE}pending"
"""The values that the next step reads again, and those that make no whole step yet."""
NOT_HEARD = "the signal holds a number that is not finite: the piece was taken for silence"


@dataclass(frozen=True)
class StreamEndpoint:
    """The outputs of `stream`.

    Attributes:
        stream: How a step is made.
        num_classes: Of the scores.
        probabilities: Scores (n, classes) -> calibrated probabilities of the same shape.
    """

    stream: ServedStream
    num_classes: int
    probabilities: Callable[[Any], Any]

    @property
    def specs(self) -> dict[str, tf.TensorSpec]:
        """What a client sends."""
        shapes: dict[str, tuple[int | None, ...]] = {SIGNAL: (None,), PENDING: (None,)}
        shapes |= {f"{STATE}{name}": shape for name, shape in self.stream.state.items()}
        return {
            name: tf.TensorSpec((None, *shape), tf.float32, name=name)
            for name, shape in shapes.items()
        }

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """`scores` and `probabilities` (rows, steps, classes), `error` (rows,), and the state."""
        signal = inputs[SIGNAL]
        is_heard = tf.reduce_all(tf.math.is_finite(signal), axis=1)
        # A state that met a NaN would answer nothing else for ever.
        again = self.stream.heard_again
        enough = tf.debugging.assert_greater_equal(
            tf.shape(inputs[PENDING])[1], again, f"{PENDING} begins with {again} zeros a row"
        )
        with tf.control_dependencies([enough]):
            heard = tf.concat([inputs[PENDING], tf.where(is_heard[:, None], signal, 0.0)], axis=1)
        state = {name: inputs[f"{STATE}{name}"] for name in self.stream.state}
        scores, state, rest = self._steps(heard, state)
        flat = self.probabilities(tf.reshape(scores, (-1, self.num_classes)))
        return {
            "scores": scores,
            "probabilities": tf.reshape(flat, tf.shape(scores)),
            ERROR: tf.where(is_heard, "", NOT_HEARD),
            PENDING: rest,
            **{f"{STATE}{name}": values for name, values in state.items()},
        }

    def _steps(self, heard: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any], Any]:
        """As many whole steps as there are; scores (rows, steps, classes), state, and the rest."""
        step = self.stream.step
        again = self.stream.heard_again
        count = (tf.shape(heard)[1] - again) // step
        # An array without elements would not know how many rows there are: the first says it.
        nothing = tf.zeros((tf.shape(heard)[0], self.num_classes))
        shape = tf.TensorShape((None, self.num_classes))
        scores = tf.TensorArray(tf.float32, size=count + 1, element_shape=shape)

        def advance(number: Any, scores: Any, state: dict[str, Any]) -> tuple[Any, Any, Any]:
            piece = heard[:, number * step : number * step + again + step]
            piece = tf.ensure_shape(piece, (None, again + step))
            told, after = self.stream.advance(piece, state)
            after = {
                name: tf.ensure_shape(after[name], (None, *shape))
                for name, shape in self.stream.state.items()
            }
            return number + 1, scores.write(number + 1, tf.cast(told, tf.float32)), after

        _, scores, state = tf.while_loop(
            lambda number, *_: number < count, advance, (0, scores.write(0, nothing), state)
        )
        stacked = tf.transpose(scores.stack()[1:], (1, 0, 2))
        return stacked, state, heard[:, count * step :]


def first_state(stream: ServedStream, num_rows: int) -> dict[str, NDArray[np.float32]]:
    """What is sent with the first piece: zeros."""
    shapes: dict[str, tuple[int, ...]] = {PENDING: (stream.heard_again,)}
    shapes |= {f"{STATE}{name}": shape for name, shape in stream.state.items()}
    return {name: np.zeros((num_rows, *shape), np.float32) for name, shape in shapes.items()}
