"""Sound of any rate at the model's rate, at a cost in proportion to what is heard of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from pipelines.speech.reading.recordings import FULL_SCALE

__all__ = ["middle", "resample_middle"]

_PASS_BAND = 0.913
"""Share of the lower Nyquist frequency up to which nothing is changed, as in soxr's high quality,
with which files are resampled when they are read."""

_MARGIN_SAMPLES = 512
"""Samples beside the clip, at the lower of both rates, that the filter may still hear."""


@dataclass(frozen=True)
class _Cut:
    """Which part of a file is transformed; scalars int64.

    Attributes:
        first: Its first sample.
        length: Its length with the silence behind it, a multiple of the period after which both
            rates meet again.
        out_first: The output sample at `first`.
        out_length: The same length at the output's rate.
    """

    first: Any
    length: Any
    out_first: Any
    out_length: Any


def middle(mono: Any, num_samples: int) -> Any:
    """The middle of (n,) float32, with silence on both sides if it is shorter: (num_samples,)."""
    excess = tf.maximum(tf.size(mono) - num_samples, 0)
    kept = mono[excess // 2 : excess // 2 + num_samples]
    missing = num_samples - tf.size(kept)
    padded = tf.pad(kept, [[missing // 2, missing - missing // 2]])
    return tf.ensure_shape(padded, (num_samples,))


def resample_middle(mono: Any, rate_hz: Any, *, sample_rate_hz: int, num_samples: int) -> Any:
    """What `middle` gives of the whole file at another rate.

    Resampled by Fourier transforms of the part that is heard, and rounded to 16 bits as by reading.

    Args:
        mono: (n,) float32 in [-1, 1).
        rate_hz: Its rate, scalar int64.
        sample_rate_hz: Rate of the result.
        num_samples: Length of the result.
    """
    num_in = tf.size(mono, out_type=tf.int64)
    # Halves are rounded up, as by soxr: a clip that is one sample longer has another middle.
    num_out = (2 * num_in * sample_rate_hz + rate_hz) // (2 * rate_hz)
    start = tf.maximum(num_out - num_samples, 0) // 2
    stop = tf.minimum(start + num_samples, num_out)
    cut = _cut(num_in, rate_hz, sample_rate_hz, start, stop)
    heard = mono[cut.first : cut.first + cut.length]
    resampled = _transformed(heard, rate_hz, sample_rate_hz, cut)
    kept = resampled[start - cut.out_first : stop - cut.out_first]
    # Filtering overshoots: scaled, since clipping would distort.
    kept /= tf.maximum(tf.reduce_max(tf.abs(tf.concat([kept, [1.0]], axis=0))), 1.0)
    return middle(tf.round(kept * FULL_SCALE) / (FULL_SCALE + 1.0), num_samples)


def _cut(num_in: Any, rate_hz: Any, sample_rate_hz: int, start: Any, stop: Any) -> _Cut:
    divisors = [number for number in range(1, sample_rate_hz + 1) if sample_rate_hz % number == 0]
    common = tf.constant(divisors, tf.int64)
    common = tf.reduce_max(tf.where(rate_hz % common == 0, common, 1))
    period = rate_hz // common
    out_period = sample_rate_hz // common
    margin = _MARGIN_SAMPLES * tf.maximum(rate_hz, sample_rate_hz) // sample_rate_hz
    first = tf.maximum(start * rate_hz // sample_rate_hz - margin, 0) // period
    last = tf.minimum(-(-stop * rate_hz // sample_rate_hz) + margin, num_in)
    num_periods = -(-(last - first * period + margin) // period)
    return _Cut(
        first=first * period,
        length=num_periods * period,
        out_first=first * out_period,
        out_length=num_periods * out_period,
    )


def _transformed(heard: Any, rate_hz: Any, sample_rate_hz: int, cut: _Cut) -> Any:
    """Low-pass and resample in one: the spectrum is cut off, or continued with zeros."""
    length = tf.cast(cut.length, tf.int32)
    out_length = tf.cast(cut.out_length, tf.int32)
    spectrum = tf.signal.rfft(heard, [length])
    spectrum = spectrum[: tf.minimum(length, out_length) // 2 + 1]
    hertz = tf.cast(rate_hz, tf.float32) / tf.cast(length, tf.float32)
    frequencies = tf.cast(tf.range(tf.size(spectrum)), tf.float32) * hertz
    nyquist = tf.cast(tf.minimum(rate_hz, sample_rate_hz), tf.float32) / 2.0
    beyond = (frequencies / nyquist - _PASS_BAND) / (1.0 - _PASS_BAND)
    gain = 0.5 + 0.5 * tf.cos(3.14159265 * tf.clip_by_value(beyond, 0.0, 1.0))
    scale = tf.cast(out_length, tf.float32) / tf.cast(length, tf.float32)
    return tf.signal.irfft(spectrum * tf.cast(gain * scale, tf.complex64), [out_length])
