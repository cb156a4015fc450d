from __future__ import annotations

import pytest

from pipelines.speech.reading.containers.checking import check_container
from pipelines.speech.reading.containers.others import name_other
from shared.errors import DataError


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\0\0\0\x20ftypM4A ", "MPEG-4"),
        (b"\x1a\x45\xdf\xa3", "WebM"),
        (b"#!AMR\n", "AMR"),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"wvpk", "WavPack"),
    ],
)
def test_kinds_that_are_not_read_are_named_with_a_command(content: bytes, name: str) -> None:
    with pytest.raises(DataError, match=rf"{name}.*ffmpeg -i INPUT OUTPUT\.wav"):
        check_container(content + bytes(64))


@pytest.mark.parametrize("content", [b"\xff\xfb\x90\x00", b"RIFF", b"OggS", b"ID3", b""])
def test_kinds_that_may_be_read_are_left_to_their_readers(content: bytes) -> None:
    assert name_other(content) is None
