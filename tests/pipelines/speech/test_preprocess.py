from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech.data import synthesize
from pipelines.speech.preprocess import build_preprocess, num_frames, num_samples
from tests.pipelines.speech.sounds import configure, tone

_CONFIG = configure(preset="default")


def _log_mel(waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
    train = synthesize(_CONFIG, 60, 0).train
    return np.asarray(
        build_preprocess(_CONFIG, train)({"waveform": tf.constant(waveforms)})["log_mel"]
    )


def _in_silence(sound: NDArray[np.float32], start: int) -> NDArray[np.float32]:
    clip = np.zeros((1, num_samples(_CONFIG)), dtype=np.float32)
    clip[0, start : start + len(sound)] = sound
    return clip


def test_images_are_frames_by_mels_in_0_to_1() -> None:
    image = _log_mel(_in_silence(tone([440.0], 0.4), 1000))
    assert image.shape == (1, num_frames(_CONFIG), _CONFIG.model.num_mels)
    assert (image.min(), image.max()) == (0.0, 1.0)


def test_a_higher_tone_lights_a_higher_band() -> None:
    bands = [
        int(_log_mel(_in_silence(tone([frequency], 0.5), 1000))[0].sum(axis=0).argmax())
        for frequency in (300.0, 1000.0, 3000.0)
    ]
    assert bands == sorted(set(bands))


def test_loudness_does_not_matter() -> None:
    clip = _in_silence(tone([440.0, 900.0], 0.4), 1000)
    assert np.abs(_log_mel(clip) - _log_mel(clip * 0.1)).max() < 5e-3


def test_place_in_the_clip_does_not_matter() -> None:
    sound = tone([440.0], 0.4)
    early, late = (_log_mel(_in_silence(sound, start)) for start in (800, 3200))
    assert np.abs(early - late).max() < 1e-4


def test_quiet_ends_are_cut_off() -> None:
    clip = _in_silence(tone([440.0], 0.2), 4000)
    clip[0, :800] += tone([440.0], 0.1) * 0.01  # 40 dB below
    assert np.abs(_log_mel(clip) - _log_mel(_in_silence(tone([440.0], 0.2), 4000))).max() < 1e-4


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    quiet, loud = (
        _in_silence(tone([440.0], 0.4), 1000) * 0.01,
        _in_silence(tone([900.0], 0.4), 2000),
    )
    assert np.abs(_log_mel(np.concatenate([quiet, loud]))[:1] - _log_mel(quiet)).max() < 1e-5


@pytest.mark.parametrize("value", [0.0, 1e-9])
def test_silence_gives_finite_numbers(value: float) -> None:
    image = _log_mel(np.full((1, num_samples(_CONFIG)), value, dtype=np.float32))
    assert np.isfinite(image).all()
