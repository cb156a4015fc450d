"""What can be removed from a clip: tiles of frequency and time.

Removing one turns it down to the clip's own noise floor, to its usual level, or to silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig
from pipelines.speech.spectra import SPEECH_RANGE_DB, short_time_transform
from shared.contract import Axis, Mask, Rows, Segments

__all__ = ["band_edges_hz", "build_segments", "canvas_frequencies_hz", "canvas_times_seconds"]

_CANVAS_ROWS = 64
_CANVAS_COLUMNS_A_SECOND = 100
_CANVAS_RANGE_DB = 60.0
# of a band's magnitudes over time: a word with its pauses leaves at least this much without speech
_FLOOR_QUANTILE = 0.2
_SHORTEST_SPEECH_SECONDS = 0.2
_LONGEST_PART_SECONDS = 0.3
"""Of stretches that are cut up. Most syllables are shorter (Greenberg 1999, Speech Comm. 29)."""
_MOST_PARTS = 5
_TILES_AT_ONCE = 40
"""Of an inverse transform, which holds a spectrum for each."""
_OWN_REMOVAL = "noise_floor"


def canvas_frequencies_hz(config: SpeechConfig) -> NDArray[np.float64]:
    """Centres of the canvas' rows, lowest first, (rows,) float64."""
    return np.asarray(
        (np.arange(_CANVAS_ROWS) + 0.5) * config.data.sample_rate_hz / 2.0 / _CANVAS_ROWS
    )


def canvas_times_seconds(config: SpeechConfig) -> NDArray[np.float64]:
    """Centres of the canvas' columns from the start of the decoded row, (columns,) float64."""
    columns = max(1, round(config.data.row_seconds * _CANVAS_COLUMNS_A_SECOND))
    return np.asarray((np.arange(columns) + 0.5) * config.data.row_seconds / columns)


def build_segments(config: SpeechConfig, row: Rows) -> Segments:
    """Tiles of one decoded row, drawn on its spectrogram.

    The canvas is frequency × time, in dB below the loudest cell.

    Bands are equally wide in mel; stretches of time divide the part between the first and the last
    sound, so that no segment is spent on silence (the outermost reach to the ends). Stretches of a
    long sound are cut into parts of a syllable's length, and their tiles are groups of these.

    Args:
        config: Number of tiles, sample rate, clip length.
        row: `waveform` (1, samples) float32.
    """
    waveform = row["waveform"][0]
    transform = short_time_transform(config.data.sample_rate_hz)
    spectrum = np.asarray(transform.stft(waveform.astype(np.float64)))  # (bins, frames) complex
    times_seconds = transform.t(len(waveform))
    tiling = _tiling(config, _sound_seconds(np.abs(spectrum), times_seconds, config))
    places = tiling.places(transform.f, times_seconds)
    masks = _masks(waveform, spectrum, places, len(tiling.edges), config)
    canvas = _canvas(np.abs(spectrum), transform.f, times_seconds, config)
    spans = tiling.edges * (np.array(canvas.shape) / tiling.size)[None, :, None]
    loudness = _mean_power(spectrum, places, len(tiling.edges))
    extent = np.stack([np.zeros(2), tiling.size], axis=1)
    return Segments(
        names=tiling.names(),
        axes=(Axis("frequency", "Hz"), Axis("time", "s")),
        spans=spans,
        extent=extent,
        canvas=canvas,
        mask=masks.pop(_OWN_REMOVAL),
        removal=_OWN_REMOVAL,
        other_removals=masks,
        groups=tiling.groups(),
        joined_name=_from_first_to_last,
        places=tiling.places_in_the_sound(),
        naive_orders={"loudest tile": loudness},
    )


@dataclass(frozen=True)
class _Tiling:
    """Every band crossed with every stretch of time, band by band.

    Attributes:
        bands_hz: (bands + 1,) float64 edges, from 0.
        stretches_seconds: (stretches × parts + 1,) float64 edges of their parts, from 0.
        num_parts: Of each stretch.
    """

    bands_hz: NDArray[np.float64]
    stretches_seconds: NDArray[np.float64]
    num_parts: int

    @property
    def size(self) -> NDArray[np.float64]:
        """Where frequency and time end, (2,)."""
        return np.array([self.bands_hz[-1], self.stretches_seconds[-1]])

    @property
    def edges(self) -> NDArray[np.float64]:
        """Start and stop of each segment in Hz and in seconds, (segments, 2, 2)."""
        bands = pairwise(self.bands_hz.tolist())
        stretches = list(pairwise(self.stretches_seconds.tolist()))
        return np.array([(band, stretch) for band in bands for stretch in stretches])

    def places(
        self, bins_hz: NDArray[np.float64], frames_seconds: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """The segment to which each cell of a spectrum belongs, (bins, frames)."""
        band = np.searchsorted(self.bands_hz[1:-1], bins_hz, side="right")
        stretch = np.searchsorted(self.stretches_seconds[1:-1], frames_seconds, side="right")
        return np.asarray(
            band[:, None] * (len(self.stretches_seconds) - 1) + stretch[None, :], dtype=np.int64
        )

    def names(self) -> tuple[str, ...]:
        """One label a segment."""
        return tuple(
            f"{low:.0f}-{high:.0f} Hz, {start:.2f}-{stop:.2f} s"
            for (low, high), (start, stop) in self.edges
        )

    def places_in_the_sound(self) -> tuple[str, ...]:
        """Names that clips share: the band, and how far into the sound."""
        bands = list(pairwise(self.bands_hz.tolist()))
        count = (len(self.stretches_seconds) - 1) // self.num_parts
        names = [
            f"{low:.0f}-{high:.0f} Hz, part {part} of {count} of the sound"
            for low, high in bands
            for part in range(1, count + 1)
        ]
        return tuple(names[stretch] for stretch in self.stretches_of_bands())

    def groups(self) -> tuple[NDArray[np.int64], ...]:
        """The uncut stretches, where they are cut."""
        return (self.stretches_of_bands(),) if self.num_parts > 1 else ()

    def stretches_of_bands(self) -> NDArray[np.int64]:
        """(segments,): the uncut stretch of a band that each lies in."""
        return np.arange(len(self.edges), dtype=np.int64) // self.num_parts


def _from_first_to_last(names: Sequence[str]) -> str:
    """Parts of one stretch: "0-200 Hz, 0.00-0.30 s" … "0-200 Hz, 0.60-0.90 s" -> 0.00-0.90 s."""
    return f"{names[0].rpartition('-')[0]}-{names[-1].rpartition('-')[2]}"


def _mean_power(
    spectrum: NDArray[np.complex128], places: NDArray[np.int64], num_tiles: int
) -> NDArray[np.float64]:
    """Of each tile, a bin of a frame; 0 for a tile without one."""
    power = np.bincount(places.ravel(), np.abs(spectrum).ravel() ** 2, minlength=num_tiles)
    cells = np.bincount(places.ravel(), minlength=num_tiles)
    return np.asarray(power / np.maximum(cells, 1))


def _masks(
    waveform: NDArray[np.float32],
    spectrum: NDArray[np.complex128],
    places: NDArray[np.int64],
    num_tiles: int,
    config: SpeechConfig,
) -> dict[str, Mask]:
    """Ways of turning tiles down, each by what it subtracts."""
    transform = short_time_transform(config.data.sample_rate_hz)

    def subtracting(make_excess: Callable[[], NDArray[np.complex128]]) -> Mask:
        def subtract() -> NDArray[np.float32]:
            """What taking each tile away subtracts, (segments, samples)."""
            excess = make_excess()
            subtracted: list[NDArray[np.float32]] = []
            for first in range(0, num_tiles, _TILES_AT_ONCE):
                tiles = np.arange(first, min(first + _TILES_AT_ONCE, num_tiles))
                parts = np.where(places == tiles[:, None, None], excess, 0.0)
                sounds = transform.istft(parts, k1=len(waveform))
                subtracted.append(np.asarray(sounds, dtype=np.float32))
            return np.concatenate(subtracted)

        return _mask(waveform, subtract)

    return {
        _OWN_REMOVAL: subtracting(lambda: _excess(spectrum, _FLOOR_QUANTILE)),
        "usual_level": subtracting(lambda: _excess(spectrum, 0.5)),
        "silence": subtracting(lambda: spectrum),
    }


def _mask(waveform: NDArray[np.float32], subtract: Callable[[], NDArray[np.float32]]) -> Mask:
    """Masks that subtract what `subtract` gives for each tile, computed when first needed."""
    subtracted = cache(subtract)

    def mask(keep: NDArray[np.bool_]) -> Rows:
        # Subtracting leaves a clip that keeps everything untouched, to the last bit.
        return {"waveform": waveform[None, :] - (~keep).astype(np.float32) @ subtracted()}

    return mask


def _excess(spectrum: NDArray[np.complex128], quantile: float) -> NDArray[np.complex128]:
    """What stands out of a quantile of each frequency's magnitudes over time, its floor.

    Frames of digital silence do not count for the floor.
    """
    magnitude = np.abs(spectrum)
    sounding = magnitude.max(axis=0) > magnitude.max() * 1e-4
    floor = (
        np.quantile(magnitude[:, sounding], quantile, axis=1, keepdims=True)
        if sounding.any()
        else 0.0
    )
    share = np.maximum(1.0 - floor / np.maximum(magnitude, 1e-12), 0.0)
    return np.asarray(spectrum * share)


def band_edges_hz(num_bands: int, sample_rate_hz: int) -> NDArray[np.float64]:
    """Borders of bands that are equally wide in mel, from 0 to half the sample rate."""
    highest = 1127.0 * np.log1p(sample_rate_hz / 2.0 / 700.0)  # HTK's mel scale, as in LogMel
    edges = 700.0 * np.expm1(np.linspace(0.0, highest, num_bands + 1) / 1127.0)
    edges[-1] = sample_rate_hz / 2.0
    return np.asarray(edges)


def _tiling(config: SpeechConfig, sound_seconds: tuple[float, float]) -> _Tiling:
    """Bands, and stretches that divide the sound and reach to the ends of the clip."""
    first, last = sound_seconds
    num_stretches = config.explain.num_time_tiles
    parts = np.ceil((last - first) / num_stretches / _LONGEST_PART_SECONDS)
    num_parts = int(np.clip(parts, 1, _MOST_PARTS))
    edges = np.linspace(first, last, num_stretches * num_parts + 1)
    edges[0] = 0.0
    edges[-1] = config.data.row_seconds
    bands_hz = band_edges_hz(config.explain.num_band_tiles, config.data.sample_rate_hz)
    return _Tiling(bands_hz, edges, num_parts)


def _sound_seconds(
    magnitude: NDArray[np.float64], times_seconds: NDArray[np.float64], config: SpeechConfig
) -> tuple[float, float]:
    """When the first sound begins and the last one ends."""
    energy = (magnitude**2).sum(axis=0)
    spoken = times_seconds[energy >= energy.max() * 10.0 ** (-SPEECH_RANGE_DB / 10.0)]
    length = config.data.row_seconds
    first, last = np.clip([spoken[0], spoken[-1]], 0.0, length)
    missing = max(0.0, _SHORTEST_SPEECH_SECONDS - (last - first))
    first = float(np.clip(first - missing / 2.0, 0.0, length - _SHORTEST_SPEECH_SECONDS))
    last = float(np.clip(last + missing / 2.0, first + _SHORTEST_SPEECH_SECONDS, length))
    return first, last


def _canvas(
    magnitude: NDArray[np.float64],
    bins_hz: NDArray[np.float64],
    frames_seconds: NDArray[np.float64],
    config: SpeechConfig,
) -> NDArray[np.float32]:
    rows = np.abs(bins_hz[None, :] - canvas_frequencies_hz(config)[:, None]).argmin(axis=1)
    columns = np.abs(frames_seconds[None, :] - canvas_times_seconds(config)[:, None]).argmin(axis=1)
    level = 20.0 * np.log10(np.maximum(magnitude[np.ix_(rows, columns)], 1e-9))
    return np.asarray(np.maximum(level - level.max(), -_CANVAS_RANGE_DB), dtype=np.float32)
