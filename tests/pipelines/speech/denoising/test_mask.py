from __future__ import annotations

import numpy as np

from pipelines.speech.denoising.mask import MaskedSpectrum, build_denoiser, magnitudes

_WINDOW = 256
_GENERATOR = np.random.default_rng(0)
_CLIPS = _GENERATOR.normal(size=(4, 2000)).astype(np.float32)


def test_a_mask_of_ones_gives_the_clip_back() -> None:
    ones = np.ones_like(magnitudes(_CLIPS, _WINDOW))
    given = np.asarray(MaskedSpectrum(_WINDOW)([_CLIPS, ones]))
    np.testing.assert_allclose(given, _CLIPS, atol=1e-5)


def test_a_mask_takes_away_the_bins_that_it_closes() -> None:
    times = np.arange(2000) / 8000.0
    low, high = (np.sin(2.0 * np.pi * hertz * times) for hertz in (500.0, 3000.0))
    mask = np.ones_like(magnitudes(_CLIPS[:1], _WINDOW))
    mask[:, :, 60:] = 0.0  # from 1,875 Hz
    both = (low + high)[None].astype(np.float32)
    left = np.asarray(MaskedSpectrum(_WINDOW)([both, mask]))[0]
    assert abs(left @ low / (low @ low) - 1.0) < 0.02
    assert left @ high / (high @ high) < 0.12  # the least gain is 0.1


def test_a_clip_is_cleaned_alike_whoever_is_beside_it() -> None:
    denoiser = build_denoiser(2000, sample_rate_hz=8000, seed=1)
    together, _ = denoiser(np.concatenate([100.0 * _CLIPS[1:], _CLIPS[:1]]), training=False)
    alone, mask = denoiser(_CLIPS[:1], training=False)
    np.testing.assert_allclose(together[-1], alone[0], atol=1e-5)
    assert float(np.ptp(mask)) > 0.0


def test_silence_stays_silence() -> None:
    denoiser = build_denoiser(2000, sample_rate_hz=8000, seed=1)
    assert not np.asarray(denoiser(np.zeros((1, 2000), np.float32), training=False)[0]).any()
