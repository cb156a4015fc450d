from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.speech.probes import build_probes
from tests.pipelines.speech.sounds import configure, tone

_PROBES = build_probes(configure())
_CLIP = np.zeros((2, 8000), dtype=np.float32)
_CLIP[:, 2000:6000] = tone([300.0, 2500.0], 0.5)


def _changed(name: str, severity: int, clip: NDArray[np.float32] = _CLIP) -> NDArray[np.float32]:
    return _PROBES[name].apply({"waveform": clip}, severity, np.random.default_rng(0))["waveform"]


def _loudest_hz(clip: NDArray[np.float32]) -> float:
    return float(np.abs(np.fft.rfft(clip)).argmax() * 8000 / len(clip))


@pytest.mark.parametrize("name", _PROBES)
def test_shape_and_dtype_are_kept_and_silence_stays_finite(name: str) -> None:
    for severity in _PROBES[name].severities:
        for clip in (_CLIP, np.zeros_like(_CLIP)):
            changed = _changed(name, severity, clip)
            assert (changed.shape, changed.dtype) == (clip.shape, clip.dtype)
            assert np.isfinite(changed).all()


def test_severities_increase_from_1_and_counterfactuals_have_one() -> None:
    for probe in _PROBES.values():
        assert probe.severities == ((1,) if probe.kind == "counterfactual" else tuple(range(1, len(probe.severities) + 1)))


@pytest.mark.parametrize(("severity", "expected_db"), [(1, 20.0), (5, 0.0)])
def test_noise_has_the_level_that_is_said(severity: int, expected_db: float) -> None:
    noise = _changed("background_noise", severity) - _CLIP
    measured = 10.0 * np.log10(np.mean(_CLIP[0, 2000:6000] ** 2) / np.mean(noise**2))
    assert measured == pytest.approx(expected_db, abs=0.5)


def test_clipping_limits_the_peak() -> None:
    assert np.abs(_changed("clipping", 2)).max() == pytest.approx(0.25 * np.abs(_CLIP).max(), rel=1e-5)


def test_a_limited_band_loses_what_is_above() -> None:
    spectrum = np.abs(np.fft.rfft(_changed("band_limit", 2)[0]))  # cut at 2 kHz; a bin is a hertz
    assert spectrum[2500] < 1e-2 * spectrum[300]


def test_a_faster_tape_raises_the_pitch_and_shortens() -> None:
    changed = _changed("pace", 3)[0]
    assert _loudest_hz(changed) in (pytest.approx(450.0, abs=5.0), pytest.approx(3750.0, abs=5.0))
    assert np.abs(changed[:2500]).max() < 0.01
    assert np.abs(changed[3500:4500]).max() > 0.1


@pytest.mark.parametrize(("name", "factor"), [("higher_voice", 1.12), ("deeper_voice", 1.0 / 1.12)])
def test_another_voice_shifts_frequency_but_not_time(name: str, factor: float) -> None:
    clip = np.zeros((1, 8000), dtype=np.float32)
    clip[0, 2000:6000] = tone([1000.0], 0.5)
    changed = _changed(name, 1, clip)[0]
    assert _loudest_hz(changed) == pytest.approx(1000.0 * factor, rel=0.01)
    envelope = np.convolve(changed**2, np.ones(400) / 400, mode="same")
    sounding = np.flatnonzero(envelope > 0.2 * envelope.max())
    assert sounding[0] == pytest.approx(2000, abs=250)
    assert sounding[-1] == pytest.approx(6000, abs=250)


def test_quieter_is_12_decibels_quieter() -> None:
    assert np.allclose(_changed("quieter", 1), 0.25 * _CLIP)
