from __future__ import annotations

import pytest

from pipelines.speech.reading.containers.ogg import check_ogg
from shared.errors import DataError
from tests.pipelines.speech.reading.containers.sounds import encoded


def test_a_changed_byte_is_noticed_by_its_pages_checksum() -> None:
    content = bytearray(encoded("OGG", "VORBIS"))
    content[len(content) // 2] ^= 1
    with pytest.raises(DataError, match="the checksum of a page"):
        check_ogg(bytes(content))


def test_a_missing_page_is_noticed_by_its_number() -> None:
    content = encoded("OGG", "VORBIS")
    second = content.index(b"OggS", 4)
    third = content.index(b"OggS", second + 4)
    with pytest.raises(DataError, match="pages of its Ogg stream are missing"):
        check_ogg(content[:second] + content[third:])


def test_a_stream_without_its_last_page_is_refused() -> None:
    content = encoded("OGG", "VORBIS")
    with pytest.raises(DataError, match="no page marks the end"):
        check_ogg(content[: content.rindex(b"OggS")])
