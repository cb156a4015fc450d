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

__all__ = ["build_segments"]

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
    row_edges = _edges(height, config.explain.grid_rows)
    column_edges = _edges(width, config.explain.grid_columns)
    cells = list(product(pairwise(row_edges), pairwise(column_edges)))
    places = product(range(1, len(row_edges)), range(1, len(column_edges)))
    owner = _owners(row_edges, column_edges)
    removed = _removed(image, config.explain.removal)

    def mask(keep: NDArray[np.bool_]) -> Rows:
        kept = np.asarray(keep, dtype=bool)[:, owner]  # (m, height, width)
        # Values beside the image stay: they have no place on the canvas.
        return {**_repeated(row, len(kept)), IMAGE: np.where(kept[..., None], image, removed)}

    names = tuple(f"row {i}, column {j}" for i, j in places)
    return Segments(
        names=names,
        axes=(Axis("row", "px"), Axis("column", "px")),
        spans=np.asarray(cells, dtype=np.float64),
        extent=np.array([[0.0, height], [0.0, width]]),
        canvas=image,
        mask=mask,
        naive_orders=_naive_orders(image, owner),
    )


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


def _repeated(row: Rows, count: int) -> dict[str, NDArray[Any]]:
    """What stands beside the image, once for each mask."""
    return {name: np.repeat(row[name], count, axis=0) for name in row if name != IMAGE}


def _owners(row_edges: NDArray[np.int64], column_edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """(height, width): the segment that each pixel belongs to, in reading order."""
    row_of_pixel = np.repeat(np.arange(len(row_edges) - 1), np.diff(row_edges))
    column_of_pixel = np.repeat(np.arange(len(column_edges) - 1), np.diff(column_edges))
    num_columns = len(column_edges) - 1
    return row_of_pixel[:, None] * num_columns + column_of_pixel[None, :]


def _edges(length: int, num_cells: int) -> NDArray[np.int64]:
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
