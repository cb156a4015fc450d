from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.medical_imaging.reading.images import flatness_notes, read_image, rows_from_files
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import config, encode, write_image


def test_rows_come_in_the_order_asked_for(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for index, path in enumerate(paths):
        write_image(path, seed=index)
    rows = rows_from_files(paths, config().data)(np.array([2, 0]))
    assert rows["image_bytes"].tolist() == [paths[2].read_bytes(), paths[0].read_bytes()]


def test_a_file_that_has_gone_since_loading_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png: there is no such file\. It was there"):
        rows_from_files([tmp_path / "gone.png"], config().data)(np.array([0]))


def test_images_nearly_of_one_shade_are_counted_for_the_report(tmp_path: Path) -> None:
    for name, pixels in (
        ("dark", np.arange(12).reshape(3, 4)),
        ("good", np.arange(0, 240, 20).reshape(3, 4)),
    ):
        (tmp_path / f"{name}.png").write_bytes(encode(pixels.astype(np.uint8)))
    images = [read_image(tmp_path / f"{name}.png", config().data) for name in ("dark", "good")]
    (note,) = flatness_notes(images)
    assert note.startswith(
        "1 of 2 images use less than a sixteenth of the range from black to white."
    )
    assert flatness_notes(images[1:]) == ()
