"""The segments of an image's explanation: the cells of a grid."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.reading.pixels import IMAGE
from shared.contract import Axis, Rows, Segments

__all__ = ["build_segments", "cell_edges", "cell_names"]

_BLUR_SHARE = 0.125  # standard deviation of the blur as a share of the image's shorter side


def build_segments(config: MedicalConfig, row: Rows) -> Segments:
    """Cut one decoded image into a grid.

    Args:
        config: Decides the number of cells and what removal means.
        row: `image` (1, height, width, 3) uint8.

    Returns:
        Segments in reading order; a removed cell shows the heavily blurred image, or its mean
        colour.
    """
    image = row[IMAGE][0]
    height, width = image.shape[:2]
    row_edges = cell_edges(height, config.explain.grid_rows)
    column_edges = cell_edges(width, config.explain.grid_columns)
    cells = list(product(pairwise(row_edges), pairwise(column_edges)))
    owner = _owners(row_edges, column_edges)
    removed = _removed(image, config.explain.removal)

    def mask(keep: NDArray[np.bool_]) -> Rows:
        kept = np.asarray(keep, dtype=bool)[:, owner]  # (m, height, width)
        # Values beside the image stay: they have no place on the canvas.
        return {**_repeated(row, len(kept)), IMAGE: np.where(kept[..., None], image, removed)}

    return Segments(
        names=cell_names(config.explain.grid_rows, config.explain.grid_columns),
        axes=(Axis("row", "px"), Axis("column", "px")),
        spans=np.asarray(cells, dtype=np.float64),
        extent=np.array([[0.0, height], [0.0, width]]),
        canvas=image,
        mask=mask,
    )


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


def _removed(image: NDArray[np.uint8], removal: str) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: what stands where everything is removed."""
    values = image.astype(np.float64)
    if removal == "mean":
        flat = np.broadcast_to(values.mean(axis=(0, 1)), values.shape)
        return flat.round().astype(np.uint8)
    spread = _BLUR_SHARE * min(image.shape[:2])
    return (
        np.asarray(ndimage.gaussian_filter(values, (spread, spread, 0), mode="reflect"))
        .round()
        .astype(np.uint8)
    )
