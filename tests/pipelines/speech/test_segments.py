from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.speech.segments import build_segments, canvas_frequencies_hz, canvas_times_seconds
from shared.contract import Segments
from tests.pipelines.speech.sounds import configure, tone

_CONFIG = configure()
_LONG = configure("data.clip_seconds=6.0")
_NUM_SEGMENTS = _CONFIG.explain.num_band_tiles * _CONFIG.explain.num_time_tiles


def _clip() -> NDArray[np.float32]:
    """A low tone from 0.2 to 0.5 s and a high one from 0.5 to 0.8 s, in faint noise."""
    clip = np.random.default_rng(0).normal(0.0, 1e-3, 8000).astype(np.float32)
    clip[1600:4000] += tone([300.0], 0.3)
    clip[4000:6400] += tone([2800.0], 0.3)
    return clip[None]


@pytest.fixture(scope="module")
def segments() -> Segments:
    return build_segments(_CONFIG, {"waveform": _clip()})


def _power(waveform: NDArray[np.float32], frequency_hz: float, start: int, stop: int) -> float:
    spectrum = np.abs(np.fft.rfft(waveform[start:stop] * np.hanning(stop - start))) ** 2
    return float(spectrum[round(frequency_hz * (stop - start) / 8000)])


def test_keeping_all_gives_the_row_itself(segments: Segments) -> None:
    kept = segments.mask(np.ones((2, _NUM_SEGMENTS), dtype=bool))["waveform"]
    assert np.array_equal(kept, np.repeat(_clip(), 2, axis=0))


def test_removing_all_leaves_the_noise_floor(segments: Segments) -> None:
    removed = segments.mask(np.zeros((1, _NUM_SEGMENTS), dtype=bool))["waveform"]
    assert removed.dtype == np.float32
    assert np.sqrt(np.mean(removed**2)) < 2e-3


def test_removing_a_band_leaves_the_other_tone_alone(segments: Segments) -> None:
    keep = np.array([[not name.startswith("0-") for name in segments.names]])
    changed = segments.mask(keep)["waveform"][0]
    assert _power(changed, 300.0, 2000, 3600) < 1e-2 * _power(_clip()[0], 300.0, 2000, 3600)
    assert _power(changed, 2800.0, 4400, 6000) == pytest.approx(
        _power(_clip()[0], 2800.0, 4400, 6000), rel=1e-2
    )


def test_segments_tile_the_canvas(segments: Segments) -> None:
    height, width = segments.canvas.shape
    lengths = segments.spans[..., 1] - segments.spans[..., 0]
    assert (lengths > 0).all()
    assert lengths.prod(axis=1).sum() == pytest.approx(height * width)


def test_time_tiles_lie_where_there_is_sound(segments: Segments) -> None:
    inner = np.unique(segments.spans[:, 1, :])[1:-1] / 100.0  # 100 columns a second
    assert inner.min() > 0.2
    assert inner.max() < 0.8


def test_the_canvas_shows_each_tone_in_its_place(segments: Segments) -> None:
    frequencies_hz, times_seconds = canvas_frequencies_hz(_CONFIG), canvas_times_seconds(_CONFIG)
    assert segments.canvas.shape == (len(frequencies_hz), len(times_seconds))
    for time, expected_hz in ((0.35, 300.0), (0.65, 2800.0)):
        column = int(np.abs(times_seconds - time).argmin())
        assert abs(frequencies_hz[segments.canvas[:, column].argmax()] - expected_hz) < 65.0


def test_axes_are_frequency_and_time(segments: Segments) -> None:
    assert [(axis.name, axis.unit) for axis in segments.axes] == [
        ("frequency", "Hz"),
        ("time", "s"),
    ]
    assert segments.extent.tolist() == [[0.0, 4000.0], [0.0, 1.0]]


@pytest.mark.parametrize("clip", [np.zeros((1, 8000)), np.eye(1, 8000), np.full((1, 8000), 0.5)])
def test_odd_clips_have_segments_too(clip: NDArray[np.float64]) -> None:
    segments = build_segments(_CONFIG, {"waveform": clip.astype(np.float32)})
    assert np.isfinite(segments.mask(np.zeros((1, _NUM_SEGMENTS), dtype=bool))["waveform"]).all()
    assert (segments.spans[..., 0] < segments.spans[..., 1]).all()


def test_removing_all_leaves_the_usual_level_or_silence_where_that_is_asked_for(
    segments: Segments,
) -> None:
    nothing = np.zeros((1, _NUM_SEGMENTS), dtype=bool)
    left = {
        name: float(np.sqrt(np.mean(segments.removing(name).mask(nothing)["waveform"] ** 2)))
        for name in segments.removals
    }
    assert left["silence"] < 1e-6 < left["noise_floor"] < left["usual_level"]


def test_clips_share_places_and_the_loudest_tile_is_where_the_sound_is(segments: Segments) -> None:
    loudest = int(segments.naive_orders["loudest tile"].argmax())
    assert len(set(segments.places)) == len(segments.names)
    assert segments.places[loudest].startswith(segments.names[loudest].split(",")[0])
    low, high = (float(hz) for hz in segments.names[loudest].split(" Hz")[0].split("-"))
    assert low <= 300.0 < high or low <= 2800.0 < high


def _long_clip() -> NDArray[np.float32]:
    """Three seconds of a low tone, then of a high one."""
    return np.concatenate([tone([300.0], 3.0), tone([2800.0], 3.0)])[None]


def test_stretches_of_a_long_sound_are_cut_into_syllables() -> None:
    segments = build_segments(_LONG, {"waveform": _long_clip()})
    (stretches,) = segments.groups
    assert np.bincount(stretches).tolist() == [3] * _NUM_SEGMENTS
    assert len(set(segments.places)) == _NUM_SEGMENTS
    longest = np.diff(segments.spans[:, 1, :], axis=1).max() / 100.0  # 100 columns a second
    assert longest < 0.3


def test_parts_of_a_stretch_hold_what_it_holds() -> None:
    clip = _long_clip()[0]
    segments = build_segments(_LONG, {"waveform": clip[None]})
    merged = segments.merged(segments.groups[0])
    assert merged.names[0] == "0-324 Hz, 0.00-0.75 s"
    keep = np.array([[not name.startswith("0-") for name in merged.names]])
    changed = merged.mask(keep)["waveform"][0]
    assert _power(changed, 300.0, 2000, 22000) < 1e-2 * _power(clip, 300.0, 2000, 22000)
    assert _power(changed, 2800.0, 26000, 46000) == pytest.approx(
        _power(clip, 2800.0, 26000, 46000), rel=1e-2
    )


def test_a_word_is_not_cut_further(segments: Segments) -> None:
    assert segments.groups == ()
