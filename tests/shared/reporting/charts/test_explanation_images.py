from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.contract import Axis
from shared.reporting.charts.explanation_images import draw_explanation, drawn_once


def _arrays(
    canvas: NDArray[Any], spans: list[Any], values: list[float], **more: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    extent = np.array([[0.0, float(size)] for size in canvas.shape[: np.ndim(spans) - 1]])
    names = np.array([f"segment {index}" for index in range(len(values))])
    return {
        "canvas": canvas,
        "spans": np.array(spans, float),
        "values": np.array(values),
        "names": names,
        "extent": extent,
    } | more


def _pixels(uri: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_words_take_side_strength_and_ground_truth_from_their_segment() -> None:
    canvas = np.array(["not", "a", "bad", "film"])
    arrays = _arrays(
        canvas, [[[0, 1]], [[2, 3]]], [-1.0, 2.0], ground_truth=np.array([0, 0, 1, 0], np.float32)
    )
    words = draw_explanation(arrays, [Axis("word", "")]).words
    assert [(word.text, word.side, word.strength, word.on_ground_truth) for word in words] == [
        ("not", "against", 0.5, False),
        ("a", "for", 0.0, False),
        ("bad", "for", 1.0, True),
        ("film", "for", 0.0, False),
    ]
    assert [word.contribution for word in words] == ["−1.00", "", "2.00", ""]


def test_frequency_runs_upwards() -> None:
    canvas = np.zeros((4, 8), np.float32)
    canvas[0] = 1.0  # loudest in the lowest band
    arrays = _arrays(
        canvas, [[[0, 1], [0, 8]]], [1.0], ground_truth=(canvas > 0).astype(np.float32)
    )
    image = draw_explanation(arrays, [Axis("frequency", "Hz"), Axis("time", "s")])
    assert _pixels(image.background)[-1].min() == 255
    assert image.tiles[0].y + image.tiles[0].height == pytest.approx(image.height)
    assert image.vertical is not None
    assert (image.vertical.first, image.vertical.last) == ("4", "0")
    assert f" {image.height:.1f}H" in image.outline


def test_time_runs_to_the_right() -> None:
    arrays = _arrays(np.zeros((24, 3), np.float32), [[[0, 12], [1, 2]]], [1.0])
    image = draw_explanation(arrays, [Axis("step", "steps"), Axis("channel", "")])
    assert image.horizontal is not None
    assert image.horizontal.title == "step (steps)"
    assert image.tiles[0].width == pytest.approx(image.width / 2)


def test_a_long_axis_name_is_cut_in_the_drawing_and_told_below() -> None:
    arrays = _arrays(np.zeros((3, 24), np.float32), [[[0, 1], [0, 12]]], [1.0])
    image = draw_explanation(
        arrays,
        [Axis("input: value, temperature, day of the week", "column"), Axis("step", "steps")],
    )
    assert image.vertical is not None
    assert image.vertical.title == "input (column)"
    assert image.axis_notes == ("input: value, temperature, day of the week (column)",)


def test_a_drawing_keeps_its_proportions_and_its_top() -> None:
    canvas = np.zeros((50, 100, 3), np.uint8)
    canvas[0] = 255
    image = draw_explanation(
        _arrays(canvas, [[[0, 25], [0, 50]]], [1.0]), [Axis("row", "px"), Axis("column", "px")]
    )
    assert image.height == pytest.approx(image.width / 2)
    assert (image.tiles[0].x, image.tiles[0].y) == (0.0, 0.0)
    assert _pixels(image.background)[0].mean() > 200 > _pixels(image.background)[-1].mean()


def test_a_large_drawing_is_made_small() -> None:
    canvas = np.random.default_rng(0).integers(0, 256, (600, 800, 3)).astype(np.uint8)
    image = draw_explanation(
        _arrays(canvas, [[[0, 600], [0, 800]]], [1.0]), [Axis("row", "px"), Axis("column", "px")]
    )
    assert len(image.background) < 60_000
    assert max(_pixels(image.background).shape) <= 176


def test_the_ground_truth_is_outlined_cell_by_cell() -> None:
    ground_truth = np.zeros((4, 4), np.float32)
    ground_truth[1, 1:3] = 1.0
    arrays = _arrays(
        np.zeros((4, 4, 3), np.uint8), [[[0, 4], [0, 4]]], [1.0], ground_truth=ground_truth
    )
    outline = draw_explanation(arrays, [Axis("row", "px"), Axis("column", "px")]).outline
    assert outline == "M90.0 90.0H270.0M90.0 180.0H270.0M90.0 90.0V180.0M270.0 90.0V180.0"


def test_a_long_signal_keeps_its_peak() -> None:
    signal = np.zeros(100_000, np.float32)
    signal[54_321] = 1.0
    image = draw_explanation(_arrays(signal, [[[0, 100_000]]], [1.0]), [Axis("time", "s")])
    heights = [
        float(point.split()[1])
        for point in image.line.replace("M", "").replace("L", " ").split("  ")
        if point
    ]
    assert min(heights) == pytest.approx(0.05 * image.height)
    assert len(image.line) < 20_000


def test_a_gap_in_a_signal_stays_a_gap() -> None:
    signal = np.array([0.0, 1.0, np.nan, 1.0, 0.0], np.float32)
    line = draw_explanation(_arrays(signal, [[[0, 5]]], [1.0]), [Axis("time", "s")]).line
    assert line.count("M") == 2
    assert "nan" not in line


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_a_map_without_contrast_is_drawn(fill: float) -> None:
    image = draw_explanation(
        _arrays(np.full((4, 8), fill), [[[0, 4], [0, 8]]], [0.0]),
        [Axis("frequency", "Hz"), Axis("time", "s")],
    )
    assert _pixels(image.background).max() == 0
    assert image.tiles[0].strength == 0.0


def test_no_segments_are_drawn_as_nothing() -> None:
    arrays = _arrays(np.array(["word"]), [[[0, 1]]], [1.0])
    empty = arrays | {
        "spans": np.zeros((0, 1, 2)),
        "values": np.zeros(0),
        "names": np.zeros(0, "U1"),
    }
    assert [word.strength for word in draw_explanation(empty, [Axis("word", "")]).words] == [0.0]


def test_a_tile_is_a_closed_path_and_one_that_nobody_would_see_has_no_opacity() -> None:
    arrays = _arrays(np.zeros((2, 4, 3)), [[[0, 2], [0, 2]], [[0, 2], [2, 4]]], [1.0, 0.001])
    strong, weak = draw_explanation(arrays, [Axis("row", "px"), Axis("column", "px")]).tiles
    assert (strong.path, strong.opacity) == ("M0 0h180v180h-180z", ".78")
    assert (weak.path, weak.opacity) == ("M180 0h180v180h-180z", "")


def test_a_background_stands_on_a_page_once() -> None:
    axes = [Axis("row", "px"), Axis("column", "px")]
    images = [
        draw_explanation(_arrays(np.full((2, 4, 3), level), [[[0, 2], [0, 4]]], [1.0]), axes)
        for level in (10.0, 20.0, 10.0)
    ]
    assert [one.is_drawn_before for one in drawn_once(images)] == [False, False, True]
    again = drawn_once(images, before=[images[1].name])
    assert [one.is_drawn_before for one in again] == [False, True, True]
