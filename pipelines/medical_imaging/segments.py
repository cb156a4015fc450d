"""The segments of an image's explanation: the cells of a grid."""

from __future__ import annotations

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
    num_columns = len(column_edges) - 1
    spans = [
        [[row_edges[i], row_edges[i + 1]], [column_edges[j], column_edges[j + 1]]]
        for i in range(len(row_edges) - 1)
        for j in range(num_columns)
    ]
    # Which segment each pixel belongs to.
    owner = np.repeat(np.arange(len(row_edges) - 1), np.diff(row_edges))[:, None] * num_columns
    owner = owner + np.repeat(np.arange(num_columns), np.diff(column_edges))[None, :]
    removed = _removed(image, config.explain.removal)

    def mask(keep: NDArray[np.bool_]) -> Rows:
        kept = np.asarray(keep, dtype=bool)[:, owner]  # (m, height, width)
        return {IMAGE: np.where(kept[..., None], image, removed)}

    return Segments(
        names=tuple(
            f"row {i + 1}, column {j + 1}"
            for i in range(len(row_edges) - 1)
            for j in range(num_columns)
        ),
        axes=(Axis("row", "px"), Axis("column", "px")),
        spans=np.asarray(spans, dtype=np.float64),
        extent=np.array([[0.0, height], [0.0, width]]),
        canvas=image,
        mask=mask,
    )


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
