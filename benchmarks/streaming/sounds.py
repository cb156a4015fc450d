"""Words of the Free Spoken Digit Dataset, and noise: what clips and long recordings are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["KEYWORDS", "OTHER", "RATE_HZ", "UNHEARD", "Part", "Word", "make_noise", "words_of"]

RATE_HZ = 8000
KEYWORDS = ("0", "1", "2", "3", "4", "5")
OTHER = "other"
"""The class of everything that is no keyword: the digits 6 and 7, noise, near silence."""
UNHEARD = ("8", "9")
"""Words that no training sees."""

Samples = NDArray[np.float32]
Part = str
"""train, val or test, by the number of the recording as the data set divides it."""

_LAST_TEST, _LAST_VALIDATION = 4, 9
_LOWEST_HZ = 20.0


@dataclass(frozen=True)
class Word:
    """One recording.

    Attributes:
        digit: What is said.
        speaker: By whom.
        part: As of `Part`.
        samples: At `RATE_HZ`.
    """

    digit: str
    speaker: str
    part: Part
    samples: Samples

    @property
    def label(self) -> str:
        """Its class."""
        return self.digit if self.digit in KEYWORDS else OTHER


def words_of(folder: Path) -> Iterator[Word]:
    """All recordings `<digit>_<speaker>_<number>.wav` of a folder, in order."""
    for path in sorted(folder.rglob("*.wav")):
        digit, speaker, number = path.stem.split("_")
        samples, rate_hz = soundfile.read(path, dtype="float32")
        if rate_hz != RATE_HZ:
            raise SystemExit(f"{path} has {rate_hz} samples a second, expected {RATE_HZ}.")
        yield Word(digit, speaker, _part(int(number)), samples)


def make_noise(
    num_samples: int, level_db: float, slope: float, generator: np.random.Generator
) -> Samples:
    """Noise of a level (dB of full scale, root mean square) whose loudness comes and goes.

    Args:
        num_samples: Its length.
        level_db: Its level on the whole.
        slope: Its power falls with frequency to this power: 0 is white, 1 pink, 2 brown.
        generator: What it is drawn from.
    """
    spectrum = np.fft.rfft(generator.normal(size=num_samples))
    frequencies_hz = np.maximum(np.fft.rfftfreq(num_samples, 1.0 / RATE_HZ), _LOWEST_HZ)
    noise = np.fft.irfft(spectrum * frequencies_hz ** (-slope / 2.0), num_samples)
    seconds = np.arange(num_samples) / RATE_HZ
    # Within 6 dB, over 2 to 10 s.
    swing = np.sin(2.0 * np.pi * (seconds / generator.uniform(2.0, 10.0) + generator.uniform()))
    noise *= 2.0**swing
    level = 10.0 ** (level_db / 20.0) / np.sqrt(np.mean(noise**2))
    return np.asarray(np.clip(level * noise, -1.0, 1.0 - 2.0**-15), dtype=np.float32)


def _part(number: int) -> Part:
    if number <= _LAST_TEST:
        return "test"
    return "val" if number <= _LAST_VALIDATION else "train"
