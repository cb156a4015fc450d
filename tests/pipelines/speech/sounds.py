"""Small sound files for the tests of the speech pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig
from shared.config.sources import resolve_config

__all__ = ["PRESETS", "configure", "tone", "write_tone"]

PRESETS = Path(__file__).parents[3] / "pipelines" / "speech" / "presets"


def configure(*assignments: str, preset: str = "smoke", source: Path | None = None) -> SpeechConfig:
    """A preset with `--set` assignments."""
    return resolve_config(
        SpeechConfig, PRESETS, preset, list(assignments), None if source is None else str(source)
    )


def tone(
    frequencies_hz: Iterable[float], seconds: float, rate_hz: int = 8000
) -> NDArray[np.float32]:
    """Steady sines of amplitude 0.1 each, (samples,) float32."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(
        sum(0.1 * np.sin(2.0 * np.pi * frequency * times) for frequency in frequencies_hz),
        dtype=np.float32,
    )


def write_tone(
    path: Path,
    *,
    frequency_hz: float = 440.0,
    seconds: float = 0.3,
    rate_hz: int = 8000,
    channels: int = 1,
) -> Path:
    """A sound file of the format that its suffix says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mono = tone([frequency_hz], seconds, rate_hz)
    soundfile.write(path, np.repeat(mono[:, None], channels, axis=1), rate_hz)
    return path
