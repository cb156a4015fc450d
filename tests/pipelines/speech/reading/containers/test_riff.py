from __future__ import annotations

import struct

import pytest

from pipelines.speech.reading.containers.riff import read_riff
from shared.errors import DataError
from tests.pipelines.speech.reading.containers.sounds import encoded, seconds_of

_LEFT_OPEN = (0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFDB, 0xFFFFFFFF)


def _with_size(content: bytes, size: int) -> bytes:
    place = content.index(b"data") + 4
    return content[:place] + struct.pack("<I", size) + content[place + 4 :]


@pytest.mark.parametrize("size", _LEFT_OPEN)
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "ULAW"])
def test_a_length_that_was_never_filled_in_means_to_the_end(subtype: str, size: int) -> None:
    assert seconds_of(_with_size(encoded("WAV", subtype), size)) == 1.0


def test_a_length_of_zero_before_another_chunk_means_no_samples() -> None:
    content = _with_size(encoded("WAV", "PCM_16", seconds=0.0), 0)
    with pytest.raises(DataError, match="the file holds no samples"):
        seconds_of(content + b"LIST" + struct.pack("<I", 4) + b"INFO")


@pytest.mark.parametrize("padding", [b"", b"\0"])
def test_an_odd_chunk_is_passed_with_and_without_its_padding(padding: bytes) -> None:
    content = encoded("WAV", "PCM_16")
    note = b"LIST" + struct.pack("<I", 5) + b"hello" + padding
    assert seconds_of(content[:36] + note + content[36:]) == 1.0


def test_one_byte_too_few_is_said_with_both_numbers() -> None:
    content = encoded("WAV", "PCM_16")
    with pytest.raises(DataError, match=r"it promises 32001 bytes .* the file holds 32000"):
        seconds_of(_with_size(content, 32_001))


def test_sound_without_a_format_is_refused() -> None:
    with pytest.raises(DataError, match="does not say its format"):
        read_riff(b"RIFF\x14\0\0\0WAVEdata\x04\0\0\0abcd")
