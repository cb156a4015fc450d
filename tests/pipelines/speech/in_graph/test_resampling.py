from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import soxr
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech.in_graph import resampling
from pipelines.speech.in_graph.resampling import middle, resample_middle

_RATE_HZ = 8000
_CLIP = 8000


@cache
def _resampler() -> Any:
    return tf.function(
        lambda mono, rate_hz: resample_middle(
            mono, rate_hz, sample_rate_hz=_RATE_HZ, num_samples=_CLIP
        ),
        input_signature=[tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.int64)],
    )


def _resampled(mono: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    return np.asarray(_resampler()(tf.constant(mono), tf.constant(rate_hz, tf.int64)))


def _sound(num_samples: int, rate_hz: int) -> NDArray[np.float32]:
    """A chord that swells, with noise over all frequencies."""
    times = np.arange(num_samples) / rate_hz
    generator = np.random.default_rng(0)
    chord = sum(np.sin(2.0 * np.pi * hertz * times) for hertz in (150.0, 310.0, 410.0))
    swell = np.exp(-(((times - times.mean()) / (times[-1] / 4)) ** 2))
    noise = generator.normal(scale=0.002, size=num_samples)
    return np.asarray(0.2 * chord * swell + noise, dtype=np.float32)


@pytest.mark.parametrize("rate_hz", [1000, 6000, 11_025, 16_000, 44_100, 48_000, 384_000])
@pytest.mark.parametrize("seconds", [0.37, 1.0, 1.7])
def test_a_clip_is_the_one_that_reading_makes(rate_hz: int, seconds: float) -> None:
    # Three samples more, so that lengths at the new rate are halves, too: rounded otherwise, the
    # middle is another one, and scores of real speech at 11,025 Hz differed by up to 2.26.
    mono = _sound(int(rate_hz * seconds) + 3, rate_hz)
    expected = np.asarray(middle(soxr.resample(mono, rate_hz, _RATE_HZ), _CLIP))
    error = np.sqrt(np.mean((_resampled(mono, rate_hz) - expected) ** 2))
    assert error < 3e-3 * np.sqrt(np.mean(expected**2))


@pytest.mark.parametrize("rate_hz", [11_025, 16_000])
def test_a_file_that_overshoots_is_scaled_instead_of_clipped(rate_hz: int) -> None:
    square = np.sign(_sound(rate_hz, rate_hz)).astype(np.float32)
    clip = _resampled(square, rate_hz)
    assert 0.99 < np.abs(clip).max() <= 1.0
    assert np.count_nonzero(np.abs(clip) > 0.999) < 10


@pytest.mark.parametrize(
    ("num_samples", "rate_hz", "longest"),
    [
        (10, 384_000, 30_000),  # a header alone asks for nothing
        (10, 383_999, 383_999),  # no common measure: one second
        (384_000 * 60, 384_000, 1.3 * 384_000),  # a minute, of which a second is heard
        (384_000 * 60, 383_999, 4 * 384_000),
        (8001, 1000, 10_000),
    ],
)
def test_work_grows_with_what_is_heard_not_with_the_header(
    num_samples: int, rate_hz: int, longest: float
) -> None:
    rate = tf.constant(rate_hz, tf.int64)
    num_in = tf.constant(num_samples, tf.int64)
    num_out = round(num_samples * _RATE_HZ / rate_hz)
    start = max(num_out - _CLIP, 0) // 2
    stop = min(start + _CLIP, num_out)
    cut = resampling._cut(
        num_in, rate, _RATE_HZ, tf.constant(start, tf.int64), tf.constant(stop, tf.int64)
    )
    assert int(cut.length) <= longest
    assert int(cut.out_length) <= max(longest, 4 * _CLIP)
    assert int(cut.length) * _RATE_HZ == int(cut.out_length) * rate_hz
