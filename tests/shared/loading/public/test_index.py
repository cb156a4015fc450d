from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest
from PIL import Image

from data.fsdd.description import DATASET
from data.fsdd.fsdd_dataset_builder import Builder
from shared.loading.public.index import (
    DIGEST,
    NUM_BYTES,
    content_form,
    open_records,
    read_index,
    write_index,
)


def _image(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (width, height)).save(stream, format="PNG")
    return stream.getvalue()


def _recording(rate_hz: int) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(bytes(20))
    return stream.getvalue()


def test_the_form_of_a_image_is_its_width_and_height() -> None:
    assert content_form(_image(6, 4), "images") == "6×4 px"


def test_the_form_of_a_recording_is_its_sample_rate() -> None:
    assert content_form(_recording(16_000), "recordings") == "16000 Hz"


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not at all", _image(6, 4)[:20]])
def test_what_has_no_header_is_unreadable(content: bytes) -> None:
    assert content_form(content, "images") == content_form(content, "recordings") == "unreadable"


def test_the_index_is_read_as_it_was_written_and_tells_contents_apart(tmp_path: Path) -> None:
    builder = Builder(data_dir=tmp_path, manual_dir=Path("data/fsdd/dummy_data"))
    builder.download_and_prepare(file_format="array_record")
    assert read_index(builder) is None
    written = write_index(builder, DATASET, DATASET.card(""))
    read = read_index(builder)
    assert read is not None
    assert read.equals(written)
    assert read[DIGEST].nunique() == 32
    assert set(read[NUM_BYTES + "audio"]) == {
        len(open_records(builder, DATASET)["train"][0]["audio"])
    }
