from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.spectra import short_time_transform, speech_power
from tests.pipelines.speech.sounds import tone


def test_the_transform_is_undone_by_its_inverse() -> None:
    clip = np.random.default_rng(0).normal(size=8000)
    transform = short_time_transform(8000)
    assert np.abs(transform.istft(transform.stft(clip), k1=8000) - clip).max() < 1e-10


@pytest.mark.parametrize(
    ("rate_hz", "window_samples"), [(8000, 256), (16_000, 512), (44_100, 1024)]
)
def test_windows_are_about_32_milliseconds(rate_hz: int, window_samples: int) -> None:
    assert short_time_transform(rate_hz).m_num == window_samples


def test_silence_around_speech_does_not_count() -> None:
    clip = np.zeros((1, 8000), dtype=np.float32)
    clip[0, 2048:4096] = tone([1000.0], 0.256)
    assert speech_power(clip)[0, 0] == pytest.approx(0.1**2 / 2.0, rel=1e-2)
