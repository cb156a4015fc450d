from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.segments import build_segments
from tests.pipelines.medical_imaging.images import config, image

ROW = {"image": image(0, 32, 32)[None]}


def test_keeping_every_segment_is_the_row_itself() -> None:
    segments = build_segments(config(), ROW)
    assert np.array_equal(
        segments.mask(np.ones((2, 16), dtype=bool))["image"], np.repeat(ROW["image"], 2, axis=0)
    )


@pytest.mark.parametrize("removal", ["blur", "neighbours", "mean"])
def test_removing_one_segment_changes_its_cell_only(removal: str) -> None:
    segments = build_segments(config(), ROW).removing(removal)
    keep = np.ones((1, 16), dtype=bool)
    keep[0, 6] = False
    changed = (segments.mask(keep)["image"][0] != ROW["image"][0]).any(axis=-1)
    (top, bottom), (left, right) = segments.spans[6].astype(int)
    assert changed[top:bottom, left:right].mean() > 0.95
    changed[top:bottom, left:right] = False
    assert not changed.any()


@pytest.mark.parametrize("removal", ["neighbours", "mean"])
def test_with_nothing_kept_the_mean_and_the_neighbours_leave_one_colour(removal: str) -> None:
    segments = build_segments(config(), ROW).removing(removal)
    nothing = segments.mask(np.zeros((1, 16), dtype=bool))["image"][0]
    assert (nothing == nothing[0, 0]).all()


def test_a_cell_is_filled_with_the_colours_around_it() -> None:
    halves = np.zeros((1, 32, 32, 3), np.uint8)
    halves[:, :, 16:] = 200
    segments = build_segments(config(), {"image": halves}).removing("neighbours")
    keep = np.ones((1, 16), dtype=bool)
    keep[0, [4, 7]] = False  # leftmost and rightmost of the second row
    filled = segments.mask(keep)["image"][0]
    assert filled[12, 4].max() < 70
    assert filled[12, 28].min() > 130


def test_what_never_asks_the_model_knows_the_dark_and_the_middle() -> None:
    dark = np.full((1, 32, 32, 3), 200, np.uint8)
    dark[:, 8:16, 24:] = 10
    orders = build_segments(config(), {"image": dark}).naive_orders
    assert int(orders["darkest cell"].argmax()) == 7
    assert int(orders["centre cell"].argmax()) in (5, 6, 9, 10)


def test_the_blur_removal_leaves_no_detail() -> None:
    segments = build_segments(config(), ROW)
    nothing = segments.mask(np.zeros((1, 16), dtype=bool))["image"][0].astype(float)
    assert (
        np.abs(np.diff(nothing, axis=0)).max()
        < 0.1 * np.abs(np.diff(ROW["image"][0].astype(float), axis=0)).max()
    )


def test_cells_cover_a_image_that_the_grid_does_not_divide_once_each() -> None:
    cfg = config(
        "data.image_height_px=37",
        "data.image_width_px=45",
        "explain.grid_rows=5",
        "explain.grid_columns=7",
    )
    segments = build_segments(cfg, {"image": image(0, 37, 45)[None]})
    covered = np.zeros((37, 45), dtype=int)
    for (top, bottom), (left, right) in segments.spans.astype(int):
        covered[top:bottom, left:right] += 1
    assert (covered == 1).all()
    assert len(segments.names) == len(set(segments.names)) == 35


def test_axes_and_extent_are_in_pixels() -> None:
    segments = build_segments(config(), ROW)
    assert [(axis.name, axis.unit) for axis in segments.axes] == [("row", "px"), ("column", "px")]
    assert segments.extent.tolist() == [[0.0, 32.0], [0.0, 32.0]]
