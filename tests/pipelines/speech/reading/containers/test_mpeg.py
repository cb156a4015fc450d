from __future__ import annotations

import pytest

from pipelines.speech.reading.containers.mpeg import read_mpeg
from shared.errors import DataError
from tests.pipelines.speech.reading.containers.sounds import RATE_HZ, encoded, seconds_of


def _first_frame_bytes(content: bytes) -> int:
    return content.index(b"\xff\xf3", 4)  # MPEG 2, layer 3, no checksum


def test_frames_are_counted_as_the_encoder_counts_them() -> None:
    found = read_mpeg(encoded("MP3"))
    assert found is not None
    assert found.num_samples == RATE_HZ


def test_without_the_encoders_count_the_frames_are_read_to_the_end() -> None:
    content = encoded("MP3")
    assert seconds_of(content[_first_frame_bytes(content) :]) == pytest.approx(1.0, abs=0.12)


def test_a_hole_is_refused() -> None:
    content = encoded("MP3")
    middle = len(content) // 2
    with pytest.raises(DataError, match=r"truncated|damaged"):
        seconds_of(content[:middle] + content[middle + 300 :])


def test_a_frame_that_is_missing_is_noticed_by_the_encoders_count() -> None:
    content = encoded("MP3")
    start = _first_frame_bytes(content)
    after = content.index(b"\xff\xf3", start + 4)
    with pytest.raises(DataError, match=r"it promises \d+ MPEG frames"):
        seconds_of(content[:start] + content[after:])


def test_text_is_no_chain_of_frames() -> None:
    assert read_mpeg(b"nothing to hear" * 500) is None
