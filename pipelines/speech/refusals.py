"""What the served graph refuses, as reading does: what is no sound, not all of it, or too much."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig
from pipelines.speech.in_graph.riff import PCM, WavHeaders, read_headers, read_samples
from pipelines.speech.reading.containers.marks import SECOND_FILE
from pipelines.speech.reading.levels import LEAST_STEPS, UNCORRELATED_SHARE
from pipelines.speech.reading.recordings import (
    HIGHEST_RATE_HZ,
    LARGEST_BYTES_A_SECOND,
    LOWEST_RATE_HZ,
    MOST_CHANNELS,
    encode_wav,
)
from shared.contract import Refusal, Rows
from shared.loading.batches.wire_bytes import first_words, item_lengths, said

__all__ = ["build_refusals", "unusable_items"]

_BITS = 16
_NO_SOUND = "it is a WAV file without sound data (no data chunk): truncated, or of another kind"


def build_refusals(config: SpeechConfig) -> tuple[Refusal, ...]:
    """The rules on `wav`, in the order in which a file is looked into."""
    limit_bytes = int(config.data.max_file_seconds * LARGEST_BYTES_A_SECOND)

    def refuse_wav(wire: Mapping[str, Any]) -> Any:
        wav = wire["wav"]
        length = item_lengths(wav)
        header = read_headers(tf.where(length <= limit_bytes, wav, ""))
        words = first_words(_rules(length, header, limit_bytes, config.data.max_file_seconds))
        return tf.map_fn(
            _silence_of_one,
            (wav, words, header.start, header.promised_bytes, header.channels),
            fn_output_signature=tf.TensorSpec((), tf.string),
        )

    return (refuse_wav,)


def _rules(
    length: Any, header: WavHeaders, limit_bytes: int, max_seconds: float
) -> Iterator[tuple[Any, Any]]:
    """Whether each file (batch,) breaks a rule, and its words, in the order of asking."""
    yield length == 0, "the file is empty (0 bytes)"
    limit = f" bytes, more than {max_seconds:g} s of sound can have"
    yield length > limit_bytes, said("it has ", length, limit)
    yield ~header.is_wav, "it is not a WAV file: send 16-bit PCM WAV"
    yield ~header.has_layout, "it is a WAV file that does not say its format (no whole fmt chunk)"
    yield from _format_rules(header)
    yield from _length_rules(header, max_seconds)


def _format_rules(header: WavHeaders) -> Iterator[tuple[Any, Any]]:
    is_pcm = (header.format_tag == PCM) & (header.bits == _BITS)
    kind = said(header.bits, " bits in format ", header.format_tag)
    yield ~is_pcm, said("its samples have ", kind, ": convert it to 16-bit PCM")
    channels = header.channels
    is_mixable = (channels >= 1) & (channels <= MOST_CHANNELS)
    yield ~is_mixable, said("it has ", channels, f" channels; 1 to {MOST_CHANNELS} are mixed down")
    rate_hz = header.rate_hz
    rates = f" Hz; {LOWEST_RATE_HZ:,} to {HIGHEST_RATE_HZ:,} Hz can be resampled"
    is_usual = (rate_hz >= LOWEST_RATE_HZ) & (rate_hz <= HIGHEST_RATE_HZ)
    yield ~is_usual, said("its sample rate is ", rate_hz, rates)


def _length_rules(header: WavHeaders, max_seconds: float) -> Iterator[tuple[Any, Any]]:
    promised = header.promised_bytes
    yield ~header.has_sound, _NO_SOUND
    sound = said(promised, " bytes of sound, the file holds ", header.held_bytes)
    yield promised > header.held_bytes, said("truncated: the header promises ", sound)
    yield header.has_second, SECOND_FILE
    # Players go by channels and bits; the header's own count of both is often wrong.
    frame_bytes = tf.maximum(header.channels * (_BITS // 8), 1)
    yield promised < frame_bytes, "the file holds no samples"
    rate_hz = tf.cast(tf.maximum(header.rate_hz, 1), tf.float64)
    seconds = tf.cast(promised // frame_bytes, tf.float64) / rate_hz
    shown = tf.strings.as_string(seconds, precision=1)
    limit = f" s are more than the {max_seconds:g} s of data.max_file_seconds"
    yield seconds > max_seconds, said(shown, limit)


def _silence_of_one(item: tuple[Any, ...]) -> Any:
    wav, words, start, num_bytes, channels = item
    return tf.cond(
        words == "",
        lambda: _silence(read_samples(wav, start, num_bytes, channels)),
        lambda: words,
    )


def _silence(samples: Any) -> Any:
    """Why samples (n, channels) float32 can't be heard once they are mixed, "" if they can."""
    channels = tf.cast(tf.shape(samples)[1], tf.float32)
    mono = tf.reduce_mean(samples, axis=1, keepdims=True)
    spans = tf.reduce_max(samples, axis=0) - tf.reduce_min(samples, axis=0)
    steps = tf.reduce_max(spans) * 2.0 ** (_BITS - 1)
    power = tf.reduce_mean(tf.math.reduce_variance(samples, axis=0))
    left = tf.math.reduce_variance(mono)
    cancels = left < UNCORRELATED_SHARE * power / channels
    words = tf.where(cancels, "its channels cancel each other: store one of them alone", "")
    steps_shown = tf.cast(tf.round(steps), tf.int64)
    nearly = said("it is nearly silent: its samples differ by ", steps_shown, " steps of 16 bits")
    words = tf.where(steps < LEAST_STEPS, nearly, words)
    return tf.where(steps == 0.0, "it is silent: all samples are equal", words)


def unusable_items(config: SpeechConfig) -> Mapping[str, Rows]:
    """One file of each kind that is refused; each would cost much, fail, or be answered."""
    rate_hz = config.data.sample_rate_hz
    rising = np.arange(rate_hz // 4, dtype=np.int16)
    long = np.tile(rising, int(4 * config.data.max_file_seconds) + 4)
    fine = encode_wav(rising, rate_hz)
    contents = _cut_files(fine) | _changed_headers(fine)
    contents["two in one"] = fine + fine
    contents |= {
        "no samples": encode_wav(rising[:0], rate_hz),
        "too long": encode_wav(long, rate_hz),
        "silent": encode_wav(np.zeros(rate_hz, dtype=np.int16), rate_hz),
        "one sample": encode_wav(rising[1:2], rate_hz),
    }
    contents["nearly silent"] = encode_wav(rising % 2, rate_hz)
    contents["channels that cancel"] = _stereo(rising, -rising, rate_hz)
    return {kind: {"wav": np.array([content], dtype=object)} for kind, content in contents.items()}


def _cut_files(fine: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "text": b"no sound at all",
        "another container": b"fLaC" + bytes(38),
        "header alone": fine[:12],
        "no format": fine[:12] + fine[36:],
        "no sound": fine[:36],
        "truncated": fine[: len(fine) // 2],
    }


def _changed_headers(fine: bytes) -> dict[str, bytes]:
    contents = {
        "8 bits": _changed(fine, frame_bytes=1, bits=8),
        "32 bits": _changed(fine, frame_bytes=4, bits=32),
        "floating point": _changed(fine, tag=3, frame_bytes=4, bits=32),
    }
    return contents | {
        "no channels": _changed(fine, channels=0),
        "65,535 channels": _changed(fine, channels=65_535),
        "no rate": _changed(fine, rate_hz=0),
        "a rate too low": _changed(fine, rate_hz=LOWEST_RATE_HZ - 1),
        "a rate too high": _changed(fine, rate_hz=2**32 - 1),
    }


def _changed(
    wav: bytes,
    *,
    tag: int | None = None,
    channels: int | None = None,
    rate_hz: int | None = None,
    frame_bytes: int | None = None,
    bits: int | None = None,
) -> bytes:
    """A file of `encode_wav` with another header."""
    new = (tag, channels, rate_hz, None, frame_bytes, bits)
    old = struct.unpack_from("<HHIIHH", wav, 20)
    fields = [was if now is None else now for was, now in zip(old, new, strict=True)]
    return wav[:20] + struct.pack("<HHIIHH", *fields) + wav[36:]


def _stereo(left: NDArray[np.int16], right: NDArray[np.int16], rate_hz: int) -> bytes:
    interleaved = np.stack([left, right], axis=1).reshape(-1)
    return _changed(encode_wav(interleaved, rate_hz), channels=2, frame_bytes=4)
