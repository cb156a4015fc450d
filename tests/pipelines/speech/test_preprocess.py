from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech.data import synthesize
from pipelines.speech.preprocess import build_decode, build_preprocess, num_frames, num_samples
from pipelines.speech.reading.recordings import encode_wav
from tests.pipelines.speech.sounds import configure, tone

_CONFIG = configure(preset="default")
_FREQUENCIES_HZ = (150.0, 700.0, 1900.0, 2500.0)


def _decode(*wavs: bytes) -> NDArray[np.float32]:
    return np.asarray(build_decode(configure())({"wav": tf.constant(list(wavs))})["waveform"])


def _pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.round(samples * 32767.0).astype(np.int16)


def test_samples_at_the_models_rate_are_kept_bit_for_bit() -> None:
    samples = _pcm(tone(_FREQUENCIES_HZ, 1.0))
    assert np.array_equal(_decode(encode_wav(samples, 8000))[0] * 32768.0, samples)


def test_short_clips_are_padded_on_both_sides() -> None:
    decoded = _decode(encode_wav(np.full(100, 1000, dtype=np.int16), 8000))[0]
    assert np.flatnonzero(decoded).tolist() == list(range(3950, 4050))


def test_of_long_clips_the_middle_is_kept() -> None:
    decoded = _decode(encode_wav(np.arange(9000, dtype=np.int16), 8000))[0]
    assert (decoded * 32768.0).tolist() == list(range(500, 8500))


def test_stereo_is_mixed() -> None:
    stream = io.BytesIO()
    left = tone([440.0], 1.0)
    soundfile.write(
        stream, np.stack([left, np.zeros_like(left)], axis=1), 8000, format="WAV", subtype="PCM_16"
    )
    assert np.abs(_decode(stream.getvalue())[0] - left / 2.0).max() < 1e-4


@pytest.mark.parametrize("rate_hz", [6000, 11_025, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("seconds", [0.5, 0.5 + 3 / 48_000, 1.7])
def test_other_rates_are_resampled_like_soxr_does(rate_hz: int, seconds: float) -> None:
    samples = tone(_FREQUENCIES_HZ, seconds, rate_hz)
    resampled = _decode(encode_wav(_pcm(samples), rate_hz))[0]
    reference = _decode(encode_wav(_pcm(soxr.resample(samples, rate_hz, 8000)), 8000))[0]
    inner = slice(2300, 5700)  # away from the edges, where filters of different length differ
    error = np.sqrt(np.mean((resampled - reference)[inner] ** 2) / np.mean(reference[inner] ** 2))
    assert error < 2e-3


def test_what_the_models_rate_can_not_hold_is_filtered_out() -> None:
    decoded = _decode(encode_wav(_pcm(tone([5500.0], 1.0, 16_000)), 16_000))[0]
    assert np.sqrt(np.mean(decoded[400:-400] ** 2)) < 1e-3 * 0.1


def test_clips_of_different_rates_share_a_batch() -> None:
    wavs = [encode_wav(_pcm(tone([440.0], 1.0, rate_hz)), rate_hz) for rate_hz in (8000, 16_000)]
    both = _decode(*wavs)
    assert both.shape == (2, 8000)
    assert np.abs(both[0] - both[1])[400:-400].max() < 1e-3


@pytest.mark.parametrize("wav", [b"", b"no sound", encode_wav(np.ones(0, dtype=np.int16), 8000)])
def test_what_is_no_sound_stops_a_training(wav: bytes) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        _decode(wav)


@cache
def _preprocess() -> Any:
    return build_preprocess(_CONFIG, synthesize(_CONFIG, 60, 0).train)


def _log_mel(waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(_preprocess()({"waveform": tf.constant(waveforms)})["log_mel"])


def _in_silence(sound: NDArray[np.float32], start: int) -> NDArray[np.float32]:
    clip = np.zeros((1, num_samples(_CONFIG)), dtype=np.float32)
    clip[0, start : start + len(sound)] = sound
    return clip


def test_images_are_frames_by_mels_in_0_to_1() -> None:
    image = _log_mel(_in_silence(tone([440.0], 0.4), 1000))
    assert image.shape == (1, num_frames(_CONFIG), _CONFIG.front_end.num_mels)
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
