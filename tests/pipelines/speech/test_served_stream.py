from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.speech import PIPELINE
from pipelines.speech.preprocess import causal_mel_layer, num_samples
from pipelines.speech.served_stream import served_stream
from shared.serving.streaming.client import hear_pieces
from shared.serving.streaming.endpoint import StreamEndpoint
from shared.targets import Categories
from tests.pipelines.speech.sounds import configure

_CONFIG = configure("train.deploy=network", preset="smoke_streaming")
_TARGET = Categories(names=("a", "b", "c"))
_NUM_SAMPLES = num_samples(_CONFIG)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """With weights and statistics that no part can hide behind."""
    model = PIPELINE.model(_CONFIG, _TARGET)
    generator = np.random.default_rng(0)
    for weight in model.weights:
        if weight.dtype == "float32":
            weight.assign(np.abs(np.asarray(weight) + generator.normal(0.0, 0.3, weight.shape)))
    return model


@pytest.fixture(scope="module")
def ask(model: keras.Model) -> Any:
    stream = served_stream(_CONFIG, model)
    assert stream is not None
    endpoint = StreamEndpoint(stream, 3, lambda scores: tf.nn.softmax(scores))
    concrete = tf.function(lambda **sent: endpoint(sent)).get_concrete_function(**endpoint.specs)

    def call(sent: Mapping[str, Any]) -> dict[str, Any]:
        answer = concrete(**{name: tf.constant(values) for name, values in sent.items()})
        return {name: values.numpy() for name, values in answer.items()}

    return call


@pytest.fixture(scope="module")
def waveform() -> NDArray[np.float32]:
    """Noise whose loudness changes by 40 dB."""
    generator = np.random.default_rng(1)
    loudness = 10.0 ** generator.uniform(-3.0, -1.0, (2, 8))
    noise = generator.normal(size=(2, _NUM_SAMPLES)) * np.repeat(loudness, _NUM_SAMPLES // 8, 1)
    return noise.astype(np.float32)


@pytest.fixture(scope="module")
def of_clips(model: keras.Model, waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    images = causal_mel_layer(_CONFIG)(waveform)
    return np.asarray(model({"causal_mel": images}, training=False))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(0, _NUM_SAMPLES), max_size=9))
def test_a_stream_says_what_the_clip_gets_however_it_is_cut(
    model: keras.Model,
    ask: Any,
    waveform: NDArray[np.float32],
    of_clips: NDArray[np.float32],
    cuts: list[int],
) -> None:
    stream = served_stream(_CONFIG, model)
    assert stream is not None
    told = hear_pieces(ask, stream, np.split(waveform, sorted(cuts), axis=1))["scores"]
    assert told.shape == (2, _NUM_SAMPLES // stream.step, 3)
    assert np.abs(told[:, -1] - of_clips).max() <= 1e-5 * np.abs(of_clips).max()
    assert np.abs(np.diff(told, axis=1)).max() > 1e-2 * np.abs(of_clips).max()  # it listens


def test_a_stream_goes_on_beyond_a_clip_and_forgets_it(
    model: keras.Model, ask: Any, waveform: NDArray[np.float32]
) -> None:
    stream = served_stream(_CONFIG, model)
    assert stream is not None
    # Its slowest memory, the level of each band, halves every 0.3 s.
    later = [waveform] * 7
    told = [
        hear_pieces(ask, stream, [first, *later])["scores"]
        for first in (waveform, np.roll(waveform, 1, axis=0))
    ]
    assert told[0].shape[1] == 8 * _NUM_SAMPLES // stream.step
    apart = np.abs(told[0] - told[1]).max(axis=(0, 2))
    assert apart[-1] < 0.01 * apart.max()


def test_no_frame_knows_a_later_sample(waveform: NDArray[np.float32]) -> None:
    layer = causal_mel_layer(_CONFIG)
    later = waveform.copy()
    later[:, _NUM_SAMPLES // 2 :] = 0.0
    before, after = np.asarray(layer(waveform)), np.asarray(layer(later))
    known = _NUM_SAMPLES // 2 // layer.hop_samples
    np.testing.assert_array_equal(before[:, :known], after[:, :known])
    assert np.abs(before - after)[:, known:].max() > 0.1


def test_other_families_stream_nothing() -> None:
    assert served_stream(configure(), keras.Model()) is None
