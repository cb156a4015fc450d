"""How the served graph spots words in a signal that is sent piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from pipelines.speech.config import SpeechConfig
from pipelines.speech.in_graph.causal_mel import FRAMES_OF_A_STEP
from pipelines.speech.models.causal import Remembering
from pipelines.speech.models.families import StreamingConfig
from pipelines.speech.models.streaming import hear
from pipelines.speech.preprocess import causal_mel_layer
from shared.contract import ServedStream

__all__ = ["served_stream"]


def served_stream(config: SpeechConfig, model: keras.Model) -> ServedStream | None:
    """Of a network of the family `streaming`; None of others, which hear whole clips.

    Args:
        config: Of the run.
        model: What is deployed: the network alone.
    """
    if not isinstance(config.model, StreamingConfig):
        return None
    mel = causal_mel_layer(config)
    score = model.get_layer("scores")

    def advance(samples: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        memory = _Memory(model, state)
        features = hear(mel.of_piece(samples), config, memory.through)
        return score(features), memory.after

    step = FRAMES_OF_A_STEP * mel.hop_samples
    return ServedStream(
        row="waveform",
        unit=f"samples in [-1, 1) at {config.data.sample_rate_hz} Hz",
        step=step,
        step_seconds=step / config.data.sample_rate_hz,
        heard_again=mel.heard_again,
        state={
            layer.name: layer.state_shape
            for layer in model.layers
            if isinstance(layer, Remembering)
        },
        advance=advance,
    )


class _Memory:
    """The layers of a trained network, called for one step.

    Args:
        model: Whose.
        before: What each layer that remembers remembers.

    Attributes:
        after: The same after the step.
    """

    def __init__(self, model: keras.Model, before: Mapping[str, Any]) -> None:
        self.after: dict[str, Any] = {}
        self._model = model
        self._before = before

    def through(self, name: str, tensor: Any, make: Callable[[str], keras.layers.Layer]) -> Any:
        """What the layer answers, which was made in training."""
        del make
        layer = self._model.get_layer(name)
        if not isinstance(layer, Remembering):
            return layer(tensor, training=False)
        answer, after = layer.step(tensor, self._before[name])
        self.after[name] = keras.ops.cast(after, "float32")
        return answer
