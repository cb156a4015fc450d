from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.medical_imaging.input_stream import stream_inputs
from pipelines.medical_imaging.reading.inputs import read_inputs
from tests.pipelines.medical_imaging.images import config, encode, image, write_image
from tests.pipelines.streams import require_same, require_same_refusal

BESIDE = ("data.tabular_columns=[age]", "data.tabular_numbers=[age]")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Good and bad ones, and files that are none."""
    folder = tmp_path / "images"
    write_image(folder / "b.png", seed=1)
    write_image(folder / "sub" / "a.jpg", kind="JPEG")
    (folder / "c.png").write_bytes(encode(image())[:700])
    write_image(folder / "d.webp", kind="WEBP")
    write_image(folder / "e.tiff", kind="TIFF")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.docx").write_bytes(b"PK")
    (folder / "gone.png").symlink_to(tmp_path / "nowhere")
    return folder


@pytest.mark.parametrize("settings", [(), BESIDE])
def test_pieces_are_what_is_read_at_once(images: Path, settings: tuple[str, ...]) -> None:
    whole = read_inputs(config(*settings), images)
    assert len(whole.problems) == 4
    for size in (1, 3, 64):
        require_same(whole, stream_inputs(config(*settings), images), size=size)


@pytest.mark.parametrize("settings", [(), BESIDE])
def test_a_table_of_images_is_read_alike(images: Path, settings: tuple[str, ...]) -> None:
    table = images / "list.csv"
    table.write_text("image,age\nb,41\nmissing,2\na,old\nc,\n")
    whole = read_inputs(config(*settings), table)
    stream = stream_inputs(config(*settings), table)
    require_same(whole, stream, size=3)
    assert table in stream.files


def test_what_refuses_all_is_refused_alike(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "nowhere"):
        require_same_refusal(read_inputs, stream_inputs, config(), tmp_path / name)


def test_nothing_is_opened_before_it_is_asked_for(images: Path) -> None:
    stream = stream_inputs(config(), images)
    for file in stream.files:
        file.unlink()
    found = next(stream.pieces(64))()
    assert set(found.problems) == set(found.ids.tolist())
