from __future__ import annotations

import pytest

from pipelines.speech.reading.containers.flac import check_flac
from shared.errors import DataError
from tests.pipelines.speech.reading.containers.sounds import encoded


def test_a_file_from_a_pipe_is_named_as_one() -> None:
    content = encoded("FLAC")
    unknown = bytes([content[21] & 0xF0]) + bytes(4)
    with pytest.raises(DataError, match="written to a pipe"):
        check_flac(content[:21] + unknown + content[26:])
