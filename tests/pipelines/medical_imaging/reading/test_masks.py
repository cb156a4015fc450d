from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from pipelines.medical_imaging.reading.masks import MaskFiles, mask_path, read_mask
from tests.pipelines.medical_imaging.images import config, encode


def test_a_mask_is_named_like_its_image_plus_the_suffix() -> None:
    assert mask_path(Path("images/x/a.b.jpg"), Path("masks"), "_seg.png") == Path(
        "masks/a.b_seg.png"
    )


def test_masks_stored_with_a_palette_are_read_by_their_colours(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), mode=None).convert("P")
    image.putpalette([255, 255, 255, 0, 0, 0])
    path = tmp_path / "mask.png"
    image.save(path)
    assert np.asarray(read_mask(path.read_bytes())).tolist() == [[255, 0], [0, 255]]


def test_ground_truth_is_the_share_of_each_cell_that_the_mask_covers(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :33] = 255
    (tmp_path / "m.png").write_bytes(encode(mask))
    ground_truth = MaskFiles((tmp_path / "m.png",), config().data)(0)
    assert ground_truth.shape == (32, 32)
    assert (ground_truth[:, :16] == 1.0).all()
    assert np.allclose(ground_truth[:, 16], 0.5, atol=0.01)
    assert (ground_truth[:, 17:] == 0.0).all()
