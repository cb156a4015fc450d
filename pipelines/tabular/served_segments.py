"""What the served graph attributes a class to: the columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from pipelines.tabular.config import TabularConfig
from pipelines.tabular.preprocess import ENCODE
from shared.contract import ServedSegments
from shared.loading.columns.values import TABULAR

__all__ = ["served_segments"]

_Tensors = Mapping[str, Any]


def served_segments(config: TabularConfig) -> ServedSegments:
    """One segment a column: its numbers are differentiated, from a row in which none is given."""

    def share(cells: _Tensors, rows: _Tensors, tensors: _Tensors) -> Any:
        del rows, tensors
        return tf.reduce_sum(cells[ENCODE], axis=-1)  # (n, columns, width) -> (n, columns)

    def emptied(rows: _Tensors, tensors: _Tensors) -> tuple[_Tensors, _Tensors]:
        return {TABULAR: tf.fill(tf.shape(rows[TABULAR]), "")}, tensors

    return ServedSegments(
        count=len(config.data.features),
        names=config.data.features,
        share=share,
        layers=(ENCODE,),
        emptied=emptied,
    )
