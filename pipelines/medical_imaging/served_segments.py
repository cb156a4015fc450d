"""What the served graph attributes a class to: the cells of the grid that `segments` cuts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.reading.pixels import IMAGE
from pipelines.medical_imaging.segments import cell_edges, cell_names
from shared.contract import ServedSegments
from shared.loading.columns.values import TABULAR

__all__ = ["served_segments"]

_Tensors = Mapping[str, Any]


def served_segments(config: MedicalConfig) -> ServedSegments:
    """Cells in reading order; values beside the image stay as they are.

    Pixels are differentiated as the numbers that the network rescales.
    """
    settings = config.explain
    of_rows = _owned(cell_edges(config.data.image_height_px, settings.grid_rows))
    of_columns = _owned(cell_edges(config.data.image_width_px, settings.grid_columns))
    count = settings.grid_rows * settings.grid_columns

    def share(cells: _Tensors, rows: _Tensors, tensors: _Tensors) -> Any:
        del rows, tensors
        pixels = tf.reduce_sum(cells[IMAGE], axis=-1)  # (n, height, width)
        summed = tf.einsum(
            "nhw,hr,wc->nrc",
            pixels,
            tf.constant(of_rows, pixels.dtype),
            tf.constant(of_columns, pixels.dtype),
        )
        return tf.reshape(summed, (-1, count))

    return ServedSegments(
        count=count,
        names=cell_names(settings.grid_rows, settings.grid_columns),
        share=share,
        rows=(IMAGE,),
        held=(TABULAR,),
    )


def _owned(edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """(pixels, cells): 1 where a pixel belongs to a cell."""
    return np.repeat(np.eye(len(edges) - 1), np.diff(edges), axis=0)
