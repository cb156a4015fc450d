from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipelines.speech.preprocess import log_mel_layer
from pipelines.speech.served_segments import served_segments
from tests.pipelines.speech.sounds import configure, tone

_CONFIG = configure()


def test_tiles_lie_where_a_tone_sounds() -> None:
    clip = np.zeros((1, 8000), np.float32)  # one second
    clip[0, 1600:4000] = tone([300.0], 0.3)
    clip[0, 4000:6400] = tone([2800.0], 0.3)
    rows = {"waveform": tf.constant(clip)}
    image = log_mel_layer(_CONFIG)(rows["waveform"])
    served = served_segments(_CONFIG)
    loud = tf.cast(image > 0.9, tf.float32)
    shared = np.asarray(served.share({"log_mel": loud}, rows, {"log_mel": image})[0])
    assert shared.sum() == loud.numpy().sum()  # nothing is lost
    tiles = shared.reshape(_CONFIG.explain.num_band_tiles, _CONFIG.explain.num_time_tiles)
    half = tiles.shape[1] // 2
    low, high = tiles[:, :half].sum(axis=1), tiles[:, half:].sum(axis=1)
    assert low.argmax() == 0  # up to some 380 Hz
    assert high.argmax() == tiles.shape[0] - 1
    assert served.describe is not None
    edges = np.asarray(served.describe(rows, {})["stretch_seconds"][0])
    np.testing.assert_allclose(edges[[0, -1]], [0.2, 0.8], atol=0.04)
