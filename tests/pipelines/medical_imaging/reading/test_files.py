from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.medical_imaging.reading.files import (
    ImageIndex,
    find_images,
    map_in_threads,
    read_bytes,
)
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from tests.pipelines.medical_imaging.images import write_image


def test_images_are_found_below_the_folder_without_hidden_ones_and_without_masks(
    tmp_path: Path,
) -> None:
    for name in ("b/two.JPG", "a.png", ".hidden/no.png", "masks/a.png", "c.tiff"):
        write_image(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    found = find_images(tmp_path, besides=tmp_path / "masks")
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.png",
        "b/two.JPG",
        "c.tiff",
    ]


@pytest.mark.parametrize("name", ["two", "two.png", "b/two", "b/two.png", "elsewhere/two.png"])
def test_a_image_is_found_with_or_without_folder_and_suffix(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / "b" / "two.png")
    assert ImageIndex.of(tmp_path, find_images(tmp_path)).find(name) == tmp_path / "b" / "two.png"


def test_a_name_that_fits_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a/x.png", "b/x.png"):
        write_image(tmp_path / name)
    with pytest.raises(
        UnreadableImageError, match=r"several files fit the name 'x': a/x\.png, b/x\.png"
    ):
        ImageIndex.of(tmp_path, find_images(tmp_path)).find("x")


def test_a_name_cannot_reach_outside_the_folder(tmp_path: Path) -> None:
    write_image(tmp_path / "secret.png")
    (tmp_path / "inside").mkdir()
    with pytest.raises(UnreadableImageError, match=r"there is no image file '\.\./secret\.png'"):
        ImageIndex.of(tmp_path / "inside", find_images(tmp_path / "inside")).find("../secret.png")


def test_threads_keep_the_order() -> None:
    assert map_in_threads(lambda value: value * value, list(range(50))) == [
        value * value for value in range(50)
    ]


def test_scanner_files_without_a_suffix_are_found_by_their_mark(tmp_path: Path) -> None:
    for name in ("IM000001", "1.2.840.7", "DICOMDIR"):
        (tmp_path / name).write_bytes(bytes(128) + b"DICM")
    (tmp_path / "README").write_text("no image")
    assert [path.name for path in find_images(tmp_path)] == ["1.2.840.7", "IM000001"]


def test_pipes_and_dangling_links_are_found_and_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert [path.name for path in find_images(tmp_path)] == ["loop.png", "pipe.png"]
    for name, reason in (
        ("pipe.png", "it is not a regular file"),
        ("loop.png", "it can't be read \\(Too many levels"),
    ):
        with pytest.raises(UnreadableImageError, match=reason):
            read_bytes(tmp_path / name)


def test_linked_folders_are_read_once_however_they_loop(tmp_path: Path) -> None:
    write_image(tmp_path / "elsewhere" / "a.png")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "source")
    assert [path.name for path in find_images(tmp_path / "source")] == ["a.png"]
