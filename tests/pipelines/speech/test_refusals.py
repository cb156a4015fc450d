from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pipelines.speech.reading.recordings import decode_recording, encode_wav
from pipelines.speech.refusals import build_refusals, unusable_items
from shared.errors import DataError
from tests.pipelines.speech.sounds import configure, tone

_CONFIG = configure()
_CONVERTED = frozenset({"8 bits", "32 bits", "floating point", "nearly silent"})
"""Kinds of files that `predict` converts, or leaves to the graph."""


def _words(*wavs: bytes) -> list[str]:
    (refuse,) = build_refusals(_CONFIG)
    return [words.decode() for words in refuse({"wav": tf.constant(list(wavs))}).numpy()]


def _fine(rate_hz: int = 8000) -> bytes:
    samples = np.round(tone([440.0], 0.3, rate_hz) * 32767.0).astype(np.int16)
    return encode_wav(samples, rate_hz)


def test_sound_is_not_refused_at_any_rate() -> None:
    assert _words(*(_fine(rate_hz) for rate_hz in (1000, 8000, 44_100, 384_000))) == [""] * 4


def test_every_kind_is_refused_and_its_neighbours_are_not() -> None:
    items = [item["wav"][0] for item in unusable_items(_CONFIG).values()]
    words = _words(_fine(), *items, _fine())
    assert words[0] == words[-1] == ""
    assert all(words[1:-1])


def test_what_the_graph_refuses_reading_refuses() -> None:
    items = unusable_items(_CONFIG)
    for kind in items.keys() - _CONVERTED:
        (content,) = items[kind]["wav"]
        with pytest.raises(DataError):
            decode_recording(content, sample_rate_hz=8000, max_seconds=60.0)


def test_a_stream_without_sound_is_refused() -> None:
    fine = _fine()
    for size in (b"\xff" * 4, b"\0" * 4):
        assert _words(fine[:40] + size) == ["the file holds no samples"]


def test_words_hold_the_numbers_that_are_wrong() -> None:
    items = unusable_items(_CONFIG)
    kinds = ("a rate too low", "65,535 channels", "8 bits", "truncated", "too long")
    assert _words(*(items[kind]["wav"][0] for kind in kinds)) == [
        "its sample rate is 999 Hz; 1,000 to 384,000 Hz can be resampled",
        "it has 65535 channels; 1 to 64 are mixed down",
        "its samples have 8 bits in format 1: convert it to 16-bit PCM",
        "truncated: the header promises 4000 bytes of sound, the file holds 1978",
        "61.0 s are more than the 60 s of data.max_file_seconds",
    ]


def test_a_file_that_is_large_whatever_it_holds_is_not_looked_into() -> None:
    small = configure("data.max_file_seconds=0.01")
    (refuse,) = build_refusals(small)
    (words,) = refuse({"wav": tf.constant([bytes(20_000)])}).numpy()
    assert words.decode() == "it has 20000 bytes, more than 0.01 s of sound can have"
