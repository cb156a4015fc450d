"""The segments of a row's explanation: its columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.tabular.config import TabularConfig
from shared.contract import Axis, Rows, Segments
from shared.loading.columns.values import TABULAR
from shared.loading.text_columns import as_text

__all__ = ["build_segments"]


def build_segments(config: TabularConfig, row: Rows) -> Segments:
    """One segment a column; a removed one is not given."""
    names = config.data.features
    values = row[TABULAR][0]  # (columns,) object
    nothing = b"" if isinstance(values[0], bytes) else ""

    def mask(keep: NDArray[np.bool_]) -> Rows:
        kept = np.where(keep, values, nothing)  # (m, columns)
        return {TABULAR: kept.astype(object)}

    texts = [as_text(value) or "not given" for value in values.tolist()]
    shown = [f"{name} = {text}" for name, text in zip(names, texts, strict=True)]
    starts = np.arange(len(names), dtype=np.float64)
    spans = np.stack([starts, starts + 1], axis=-1)
    return Segments(
        names=names,
        axes=(Axis("column", ""),),
        spans=spans[:, None, :],  # (segments, axes, 2)
        extent=np.array([[1.0, float(len(names))]]),
        canvas=np.array(shown),
        mask=mask,
        removal="not given",
        naive_orders={"order of the table": -starts},
    )
