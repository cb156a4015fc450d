"""One step of a stream as a LiteRT file, with names and state as the endpoint `stream` has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.compression.gate import pass_gate
from shared.compression.lite.litert import Endpoint, LiteModel, Storage, convert_endpoint
from shared.contract import ServedStream, Splits
from shared.errors import CompressionRefusedError
from shared.model.trained_model import TrainedModel
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.serving.streaming.client import hear_pieces
from shared.serving.streaming.endpoint import PENDING, SIGNAL, STATE, STREAM
from shared.targets.predictions import Predictions

__all__ = ["STREAM_FILE", "StreamedStep", "convert_stream", "step_endpoint", "write_stream"]

STREAM_FILE = "stream.tflite"


class StreamedStep:
    """A converted step that may be asked like the endpoint `stream`.

    Args:
        lite: Takes `signal` (rows, step) and the state, gives `scores` (rows, classes) and the
            state.
    """

    def __init__(self, lite: LiteModel) -> None:
        self.lite = lite

    def __call__(self, sent: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Outputs of the endpoint; of probabilities it knows nothing and gives the scores."""
        told = self.lite.ask(dict(sent))
        scores = told["scores"][:, None]
        return {**told, "scores": scores, "probabilities": scores}


def write_stream(
    context: StageContext,
    small: RunDirectory,
    trained: TrainedModel,
    expected: Predictions,
    storage: Storage,
    *,
    against: str,
) -> tuple[str, ...]:
    """Write a step of what listens piece by piece, if the model does; returns notes on it.

    Args:
        context: Of the model's run.
        small: Where to.
        trained: As of `convert_stream`, like what follows.
        expected: Validation rows.
        storage: Of weights.
        against: What `expected` is of.
    """
    stream = context.pipeline.served_stream(context.config, trained.model)
    if stream is None:
        return ()
    splits = context.splits()
    try:
        lite, said = convert_stream(stream, trained, splits, expected, storage, against=against)
    except CompressionRefusedError as error:
        return (f"There is no {STREAM_FILE}. {error}",)
    with small.replacing(STREAM_FILE) as path:
        path.write_bytes(lite.content)
    return (said,)


def convert_stream(
    stream: ServedStream,
    trained: TrainedModel,
    splits: Splits,
    expected: Predictions,
    storage: Storage,
    *,
    against: str,
) -> tuple[LiteModel, str]:
    """Convert one step, and compare what the last step of validation rows gets.

    Args:
        stream: How a step is made.
        trained: Whose network it reads.
        splits: Of the run.
        expected: Validation rows as the whole model scores them.
        storage: Of its weights.
        against: What `expected` is of, for people.

    Returns:
        The file, and what was measured, in a sentence.

    Raises:
        CompressionRefusedError: An operation has no counterpart, or answers are too far away.
    """
    lite = convert_endpoint(step_endpoint(stream, (trained.model,)), storage)
    rows = trained.decode_rows(splits.val.rows(np.arange(len(splits.val))))[stream.row]
    steps = [
        rows[:, start : start + stream.step]
        for start in range(0, rows.shape[1] - stream.step + 1, stream.step)
    ]
    scores = hear_pieces(StreamedStep(lite), stream, steps)["scores"][:, -1]
    gate = pass_gate(splits.target, expected, scores, storage, against=against)
    said = (
        f"{STREAM_FILE} takes one step of {stream.step} {stream.unit} and the state of the"
        f" endpoint {STREAM}; after the last step of {gate.n} validation rows its probabilities"
        f" are {gate.mean_difference:.2g} from those of {against} (mean of each row's largest)."
    )
    return lite, said


def step_endpoint(stream: ServedStream, parts: Sequence[keras.Model]) -> Endpoint:
    """`signal` (rows, step) and the state -> `scores` (rows, classes) and the state after it.

    Args:
        stream: How a step is made.
        parts: Models whose variables it reads.
    """
    shapes: dict[str, tuple[int, ...]] = {SIGNAL: (stream.step,), PENDING: (stream.heard_again,)}
    shapes |= {f"{STATE}{name}": shape for name, shape in stream.state.items()}
    specs = {
        name: tf.TensorSpec((None, *shape), tf.float32, name=name) for name, shape in shapes.items()
    }

    def answer(inputs: Mapping[str, Any]) -> dict[str, Any]:
        heard = tf.concat([inputs[PENDING], inputs[SIGNAL]], axis=1)
        before = {name: inputs[f"{STATE}{name}"] for name in stream.state}
        scores, after = stream.advance(heard, before)
        state = {f"{STATE}{name}": values for name, values in after.items()}
        return {"scores": scores, PENDING: heard[:, stream.step :], **state}

    return Endpoint(STREAM, specs, parts, answer)
