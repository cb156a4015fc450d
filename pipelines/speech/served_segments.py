"""What the served graph attributes a class to: tiles of frequency and time, as `segments` has them.

They lie on the log-mel image that the network hears, between first and last sound of a clip.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.log_mel import LOWEST_HZ, SOUND_FRAMES, LogMel
from pipelines.speech.preprocess import log_mel_layer, num_frames
from pipelines.speech.segments import band_edges_hz
from shared.contract import Described, ServedSegments

__all__ = ["served_segments"]

_Tensors = Mapping[str, Any]

_EDGES = "stretch_seconds"
_MEANING = (
    "where the stretches of time begin, and the last ends, from the start of the clip as the model"
    " reads it"
)


def served_segments(config: SpeechConfig) -> ServedSegments:
    """Every band crossed with every stretch of time, band by band."""
    layer = log_mel_layer(config)
    edges_hz = band_edges_hz(config.explain.num_band_tiles, config.data.sample_rate_hz)
    of_bands = _owned_bands(config, edges_hz)
    num_stretches = config.explain.num_time_tiles
    count = (len(edges_hz) - 1) * num_stretches

    def share(cells: _Tensors, rows: _Tensors, tensors: _Tensors) -> Any:
        image = cells["log_mel"]  # (n, frames, mels)
        ends = _ends(layer, rows, tensors)
        of_stretches = _owned_stretches(ends, num_frames(config), num_stretches)
        bands = tf.constant(of_bands, image.dtype)
        summed = tf.einsum("nfm,mb,fs->nbs", image, bands, of_stretches[0])
        return tf.reshape(summed, (-1, count))

    return ServedSegments(
        count=count,
        names=_names(edges_hz, num_stretches),
        share=share,
        layers=("log_mel",),
        describe=lambda rows, tensors: {_EDGES: _edges_seconds(config, layer, rows, tensors)},
        described={_EDGES: Described(_MEANING, "s")},
    )


def _names(edges_hz: NDArray[np.float64], num_stretches: int) -> tuple[str, ...]:
    bands = [f"{low:.0f}-{high:.0f} Hz" for low, high in pairwise(edges_hz)]
    stretches = [f"stretch {number}" for number in range(1, num_stretches + 1)]
    return tuple(f"{band}, {stretch}" for band, stretch in product(bands, stretches))


def _owned_bands(config: SpeechConfig, edges_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """(mels, bands): 1 where the centre of a mel band lies."""
    lowest, highest = 1127.0 * np.log1p(np.array([LOWEST_HZ, edges_hz[-1]]) / 700.0)  # as in LogMel
    centres = np.linspace(float(lowest), float(highest), config.front_end.num_mels + 2)[1:-1]
    band = np.searchsorted(edges_hz[1:-1], 700.0 * np.expm1(centres / 1127.0), side="right")
    return np.asarray(np.eye(len(edges_hz) - 1)[band], dtype=np.float64)


def _ends(layer: LogMel, rows: _Tensors, tensors: _Tensors) -> tuple[Any, Any]:
    """First and last frame with sound, (batch, 1) each; where clips are cleaned, after that."""
    if SOUND_FRAMES in tensors:
        return tensors[SOUND_FRAMES][:, :1], tensors[SOUND_FRAMES][:, 1:]
    return layer.sound_frames(rows["waveform"])


def _owned_stretches(ends: tuple[Any, Any], frames: int, num_stretches: int) -> Any:
    """(batch, frames, stretches) float32: 1 where a frame of the log-mel image belongs.

    The image holds the sound in its middle; what is beside it belongs to the outermost stretches.
    """
    first, last = ends
    moved = (first + last - (frames - 1)) // 2
    since = tf.cast(tf.range(frames) - (first - moved), tf.float32)  # (batch, frames)
    place = tf.floor(since / tf.cast(last - first + 1, tf.float32) * num_stretches)
    stretch = tf.clip_by_value(tf.cast(place, tf.int32), 0, num_stretches - 1)
    return tf.one_hot(stretch, num_stretches)


def _edges_seconds(config: SpeechConfig, layer: LogMel, rows: _Tensors, tensors: _Tensors) -> Any:
    """(batch, stretches + 1) float32, of the decoded row."""
    first, last = _ends(layer, rows, tensors)
    hop = config.front_end.hop_seconds
    start = tf.cast(first, tf.float32) * hop
    # A frame is heard around its middle; the last one to its end.
    length = tf.cast(last - first, tf.float32) * hop + config.front_end.frame_seconds
    share = np.linspace(0.0, 1.0, config.explain.num_time_tiles + 1, dtype=np.float32)
    return start + length * share
