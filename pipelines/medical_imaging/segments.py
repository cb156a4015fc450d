"""The segments of an image's explanation: the cells of a grid."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.reading.pixels import IMAGE
from shared.contract import Axis, Mask, Rows, Segments

__all__ = ["build_segments", "cell_edges", "cell_names"]

_BLUR_SHARE = 0.125  # standard deviation of the blur as a share of the image's shorter side


def build_segments(config: MedicalConfig, row: Rows) -> Segments:
    """Cut one decoded image into a grid.

    Args:
        config: Decides the number of cells.
        row: `image` (1, height, width, 3) uint8.

    Returns:
        Segments in reading order; a removed cell shows the heavily blurred image, the colours of
        the cells around it that are kept, or the mean colour.
    """
    image = row[IMAGE][0]
    height, width = image.shape[:2]
    grid = (config.explain.grid_rows, config.explain.grid_columns)
    row_edges = cell_edges(height, grid[0])
    column_edges = cell_edges(width, grid[1])
    cells = list(product(pairwise(row_edges), pairwise(column_edges)))
    owner = _owners(row_edges, column_edges)
    spans = np.array(cells, dtype=np.float64)
    others = {
        "neighbours": _showing(row, owner, _neighbours(image, owner, grid)),
        "mean": _showing(row, owner, _always(lambda: _mean_colour(image))),
    }
    blurred = _always(lambda: _blurred(image))
    return Segments(
        names=cell_names(*grid),
        axes=(Axis("row", "px"), Axis("column", "px")),
        spans=spans,
        extent=np.array([[0.0, height], [0.0, width]]),
        canvas=image,
        mask=_showing(row, owner, blurred),
        removal="blur",
        other_removals=others,
        naive_orders=_naive_orders(image, owner),
    )


def _showing(
    row: Rows,
    owner: NDArray[np.int64],
    removed: Callable[[NDArray[np.bool_]], NDArray[np.uint8]],
) -> Mask:
    """Masks where removed cells show what `removed` gives, (m or 1, height or 1, width or 1, 3)."""

    def mask(keep: NDArray[np.bool_]) -> Rows:
        keep = np.asarray(keep, dtype=bool)
        kept = keep[:, owner][..., None]  # (m, height, width, 1)
        # Values beside the image stay: they have no place on the canvas.
        return {**_repeated(row, len(keep)), IMAGE: np.where(kept, row[IMAGE], removed(keep))}

    return mask


def _always(
    make: Callable[[], NDArray[np.uint8]],
) -> Callable[[NDArray[np.bool_]], NDArray[np.uint8]]:
    """The same whatever is kept, made when it is first asked for."""
    made = cache(make)
    return lambda _: made()


def _naive_orders(
    image: NDArray[np.uint8], owner: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Lesions are darker than skin, and photographs have them in the middle."""
    height, width = owner.shape
    rows, columns = np.mgrid[0:height, 0:width]
    from_centre = np.hypot((rows + 0.5) / height - 0.5, (columns + 0.5) / width - 0.5)
    cells = np.arange(owner.max() + 1)
    brightness, distance = (
        np.asarray(ndimage.mean(values, owner, cells), dtype=np.float64)
        for values in (image.mean(axis=-1), from_centre)
    )
    return {"darkest cell": -brightness, "centre cell": -distance}


def cell_names(num_rows: int, num_columns: int) -> tuple[str, ...]:
    """One a cell, in reading order."""
    places = product(range(1, num_rows + 1), range(1, num_columns + 1))
    return tuple(f"row {i}, column {j}" for i, j in places)


def _repeated(row: Rows, count: int) -> dict[str, NDArray[Any]]:
    """What stands beside the image, once for each mask."""
    return {name: np.repeat(row[name], count, axis=0) for name in row if name != IMAGE}


def _owners(row_edges: NDArray[np.int64], column_edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """(height, width): the segment that each pixel belongs to, in reading order."""
    row_of_pixel = np.repeat(np.arange(len(row_edges) - 1), np.diff(row_edges))
    column_of_pixel = np.repeat(np.arange(len(column_edges) - 1), np.diff(column_edges))
    num_columns = len(column_edges) - 1
    return row_of_pixel[:, None] * num_columns + column_of_pixel[None, :]


def cell_edges(length: int, num_cells: int) -> NDArray[np.int64]:
    """(cells + 1,): borders of cells that differ by at most one pixel."""
    return np.linspace(0, length, num_cells + 1).round().astype(np.int64)


def _blurred(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: the image without any detail."""
    spread = _BLUR_SHARE * min(image.shape[:2])
    blurred = ndimage.gaussian_filter(image.astype(np.float64), (spread, spread, 0), mode="reflect")
    return np.asarray(blurred).round().astype(np.uint8)


def _mean_colour(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(1, 1, 3) uint8."""
    return np.asarray(image.mean(axis=(0, 1), keepdims=True).round(), dtype=np.uint8)


def _neighbours(
    image: NDArray[np.uint8], owner: NDArray[np.int64], grid: tuple[int, int]
) -> Callable[[NDArray[np.bool_]], NDArray[np.uint8]]:
    """Fill each cell with the mean colour of the kept ones, near ones weighing more.

    Normalised convolution (Knutsson & Westin 1993) over cells: the weight falls by e^(-d²/2) with
    d cells of distance. With nothing kept, the mean colour of the image. A single kept cell paints
    all others, so what a cell adds depends on its place in the order more than with other ways:
    values settle only with many more evaluations.
    """
    down, across = (_nearness(length) for length in grid)
    cells = np.arange(owner.max() + 1)
    colours = np.stack([ndimage.mean(image[..., c], owner, cells) for c in range(3)])
    mean = _mean_colour(image)[0, 0]

    def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(m, cells): what each cell receives of all others."""
        return np.asarray(down @ values.reshape(-1, *grid) @ across).reshape(len(values), -1)

    def fill(keep: NDArray[np.bool_]) -> NDArray[np.uint8]:
        total = spread(keep.astype(np.float64))[..., None]
        found = np.stack([spread(keep * colour) for colour in colours], axis=-1)
        filled = np.where(total > 0.0, found / np.where(total > 0.0, total, 1.0), mean)
        return np.asarray(filled.round(), dtype=np.uint8)[:, owner]

    return fill


def _nearness(num_cells: int) -> NDArray[np.float64]:
    """(cells, cells): weight of each cell of a line for each other."""
    places = np.arange(num_cells)
    return np.asarray(np.exp(-((places[:, None] - places) ** 2) / 2.0))
