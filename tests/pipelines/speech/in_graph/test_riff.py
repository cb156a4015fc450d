from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech.in_graph.riff import MOST_CHUNKS, WavHeaders, read_headers, read_samples
from pipelines.speech.reading.recordings import decode_recording

_SAMPLES = np.arange(-40, 60, dtype=np.int16)
_PCM_GUID = bytes.fromhex("0100 0000 0000 1000 8000 00AA 0038 9B71")


def _chunk(name: bytes, content: bytes, *, pad: bool = True) -> bytes:
    padding = b"\0" * (len(content) % 2 if pad else 0)
    return name + struct.pack("<I", len(content)) + content + padding


def _wav(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_FORMAT = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
_EXTENSIBLE = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 8000, 16000, 2, 16, 22, 16, 4) + _PCM_GUID
_SOUND = _SAMPLES.tobytes()
_FILES = {
    "plain": _wav(_chunk(b"fmt ", _FORMAT), _chunk(b"data", _SOUND)),
    "junk before": _wav(
        _chunk(b"JUNK", bytes(28)), _chunk(b"fmt ", _FORMAT), _chunk(b"data", _SOUND)
    ),
    "extensible": _wav(_chunk(b"fmt ", _EXTENSIBLE), _chunk(b"data", _SOUND)),
    "odd chunk": _wav(
        _chunk(b"fmt ", _FORMAT), _chunk(b"LIST", b"INFO\0"), _chunk(b"data", _SOUND)
    ),
    "odd chunk without its pad": _wav(
        _chunk(b"fmt ", _FORMAT), _chunk(b"LIST", b"INFO\0", pad=False), _chunk(b"data", _SOUND)
    ),
    "list behind": _wav(
        _chunk(b"fmt ", _FORMAT), _chunk(b"data", _SOUND), _chunk(b"LIST", b"INFO")
    ),
}


_FILES |= {
    f"{name.decode()} behind an odd chunk without its pad": _wav(
        _chunk(b"fmt ", _FORMAT),
        _chunk(b"LIST", b"INFO\0", pad=False),
        _chunk(name, bytes(4)),
        _chunk(b"data", _SOUND),
    )
    for name in (b"smpl", b"PEAK", b"ID3 ")
}

_FILES |= {
    f"length {size:08X} of a stream": _wav(
        _chunk(b"fmt ", _FORMAT), b"data" + struct.pack("<I", size) + _SOUND
    )
    for size in (0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFDB, 0xFFFF_FFFF)
}


def _headers(files: list[bytes]) -> WavHeaders:
    headers: WavHeaders = read_headers(tf.constant(files))
    return headers


def _read(content: bytes) -> NDArray[Any]:
    header = _headers([content])
    assert (int(header.format_tag[0]), int(header.rate_hz[0]), int(header.bits[0])) == (1, 8000, 16)
    length = header.promised_bytes[0]
    samples = read_samples(content, header.start[0], length, header.channels[0])
    return np.asarray(samples)[:, 0]


@pytest.mark.parametrize("name", _FILES)
def test_the_sound_is_found_whatever_stands_beside_it(name: str) -> None:
    assert (_read(_FILES[name]) * 32768.0).tolist() == _SAMPLES.tolist()


def test_the_sound_is_the_one_that_reading_finds() -> None:
    for content in _FILES.values():
        recording = decode_recording(content, sample_rate_hz=8000, max_seconds=60.0)
        assert recording.samples.tolist() == _SAMPLES.tolist()


def test_a_length_of_0_is_believed_where_a_chunk_follows_or_nothing() -> None:
    empty = _wav(_chunk(b"fmt ", _FORMAT), _chunk(b"data", b""))
    header = _headers([empty, empty + b"\0", empty + _chunk(b"LIST", b"INFO")])
    assert header.promised_bytes.numpy().tolist() == [0, 0, 0]


def test_a_second_file_is_seen() -> None:
    odd = _wav(_chunk(b"fmt ", _FORMAT), _chunk(b"data", _SOUND[:-1]))
    plain = _FILES["plain"]
    header = _headers([plain + plain, odd + plain, plain, _FILES["list behind"]])
    assert header.has_second.numpy().tolist() == [True, True, False, False]


def test_files_of_a_batch_are_read_each_by_itself() -> None:
    together = _headers([*_FILES.values(), b"", b"RIFF"])
    for index, content in enumerate(_FILES.values()):
        alone = _headers([content])
        assert int(alone.start[0]) == int(together.start[index])
    assert together.is_wav.numpy().tolist() == [True] * len(_FILES) + [False, False]


def test_another_sub_format_is_not_taken_for_pcm() -> None:
    floats = _EXTENSIBLE[:24] + b"\x03" + _EXTENSIBLE[25:]
    strange = _EXTENSIBLE[:-1] + b"\0"
    for layout, tag in ((floats, 3), (strange, 0xFFFE)):
        wav = _wav(_chunk(b"fmt ", layout), _chunk(b"data", _SOUND))
        assert int(_headers([wav]).format_tag[0]) == tag


def test_only_so_many_chunks_are_looked_at() -> None:
    def reaches(num_chunks: int) -> bool:
        many = [_chunk(b"note", b"")] * num_chunks
        wav = _wav(_chunk(b"fmt ", _FORMAT), *many, _chunk(b"data", _SOUND))
        return bool(_headers([wav]).has_sound[0])

    assert reaches(MOST_CHUNKS - 2)
    assert not reaches(MOST_CHUNKS - 1)


def _cut(content: bytes, generator: np.random.Generator) -> bytes:
    return content[: generator.integers(len(content))]


def _changed(content: bytes, generator: np.random.Generator) -> bytes:
    values = np.frombuffer(content, dtype=np.uint8).copy()
    places = generator.integers(0, 60, size=4)
    values[places] = generator.integers(0, 256, size=4)
    return values.tobytes()


@pytest.mark.parametrize("damage", [_cut, _changed])
def test_no_header_stops_the_graph(damage: Callable[[bytes, np.random.Generator], bytes]) -> None:
    generator = np.random.default_rng(0)
    files = list(_FILES.values())
    damaged = [damage(files[index % len(files)], generator) for index in range(200)]
    header = _headers(damaged)
    assert int(tf.reduce_min(header.held_bytes)) >= -44
    assert int(tf.reduce_min(header.promised_bytes)) >= 0
