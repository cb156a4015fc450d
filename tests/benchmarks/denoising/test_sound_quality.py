from __future__ import annotations

import numpy as np

from benchmarks.denoising.sound_quality import si_sdr_db

_TIMES = np.arange(8000) / 8000.0
_CLEAN = np.sin(2.0 * np.pi * 100.0 * _TIMES)[None]
_OTHER = np.cos(2.0 * np.pi * 100.0 * _TIMES)[None]  # orthogonal, as strong


def test_orthogonal_noise_counts_in_decibels_below_the_signal() -> None:
    heard = _CLEAN + 10.0 ** (-15.0 / 20.0) * _OTHER
    np.testing.assert_allclose(si_sdr_db(_CLEAN, heard), [15.0], atol=1e-6)


def test_neither_loudness_nor_an_offset_counts() -> None:
    heard = _CLEAN + 0.1 * _OTHER
    np.testing.assert_allclose(si_sdr_db(_CLEAN, 7.0 * heard + 3.0), si_sdr_db(_CLEAN, heard))


def test_silence_has_no_ratio() -> None:
    assert np.isnan(si_sdr_db(np.zeros((1, 8)), np.ones((1, 8)))).all()
