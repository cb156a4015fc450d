"""What the served graph attributes a class to: the stretches of `segments`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from shared.contract import ServedSegments
from tests.contract.toy.config import ToyConfig
from tests.contract.toy.segments import NUM_SEGMENTS

__all__ = ["served_segments"]

_Tensors = Mapping[str, Any]


def served_segments(config: ToyConfig) -> ServedSegments:
    """Equally long stretches of the signal, whose samples are differentiated."""
    samples = np.arange(config.data.num_samples)
    edges = np.linspace(0, len(samples), NUM_SEGMENTS + 1).astype(np.int64)
    stretch = np.searchsorted(edges, samples, side="right") - 1
    owned = np.eye(NUM_SEGMENTS, dtype=np.float32)[stretch]

    def share(cells: _Tensors, rows: _Tensors, tensors: _Tensors) -> Any:
        del rows, tensors
        return tf.matmul(cells["signal"], owned)

    return ServedSegments(
        count=NUM_SEGMENTS,
        names=tuple(f"stretch {number}" for number in range(1, NUM_SEGMENTS + 1)),
        share=share,
        rows=("signal",),
    )
