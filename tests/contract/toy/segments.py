"""The segments of an explanation: eight stretches of the signal."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shared.contract import Axis, Rows, Segments
from tests.contract.toy.config import ToyConfig

__all__ = ["NUM_SEGMENTS", "segment"]

NUM_SEGMENTS = 8


def segment(config: ToyConfig, row: Rows) -> Segments:
    """Cut one signal into `NUM_SEGMENTS` stretches; removing one silences it."""
    signal = row["signal"][0]  # (samples,)
    edges = np.linspace(0, len(signal), NUM_SEGMENTS + 1).astype(np.int64)
    segment_of_sample = np.searchsorted(edges, np.arange(len(signal)), side="right") - 1
    seconds = edges / config.data.sample_rate_hz

    def mask(keep: NDArray[np.bool_]) -> Rows:
        return {
            "signal": np.where(keep[:, segment_of_sample], signal, np.float32(0.0))
        }  # (m, samples)

    return Segments(
        names=tuple(f"{start:.2f}–{stop:.2f} s" for start, stop in pairwise(seconds)),
        axes=(Axis("time", "s"),),
        spans=np.stack([edges[:-1], edges[1:]], axis=-1).astype(np.float64)[
            :, None, :
        ],  # (segments, 1, 2)
        extent=np.array([[0.0, seconds[-1]]]),
        canvas=signal,
        mask=mask,
        naive_orders={
            "loudest stretch": np.bincount(segment_of_sample, np.abs(signal), NUM_SEGMENTS).astype(
                np.float64
            )
        },
    )
