"""Writes `data/speech_commands/dummy_data`: noise under names of the right form. `python -m tests.data.speech_commands.dummy`."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

__all__ = ["write_dummy"]

_SAMPLE_RATE_HZ, _NUM_SAMPLES = 16_000, 400
_SPEAKERS = tuple(f"{number:08x}" for number in range(1, 9))
_TEST, _VALIDATION = _SPEAKERS[5:], _SPEAKERS[3:5]
_WORDS = ("no", "up", "yes")


def write_dummy(folder: Path) -> None:
    generator = np.random.default_rng(0)
    for word in (*_WORDS, "_background_noise_"):
        (folder / word).mkdir(parents=True, exist_ok=True)
    for word in _WORDS:
        for speaker in _SPEAKERS:
            _write_noise(folder / word / f"{speaker}_nohash_0.wav", generator)
    _write_noise(folder / "_background_noise_" / "dummy_hum.wav", generator)
    for name, speakers in (("testing_list.txt", _TEST), ("validation_list.txt", _VALIDATION)):
        lines = [f"{word}/{speaker}_nohash_0.wav" for word in _WORDS for speaker in speakers]
        (folder / name).write_text("\n".join(lines) + "\n")
    (folder / "README.md").write_text("Generated noise (tests/data/speech_commands/dummy.py): no recording of anybody.\n")


def _write_noise(path: Path, generator: np.random.Generator) -> None:
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(_SAMPLE_RATE_HZ)
        writer.writeframes(generator.normal(scale=3000, size=_NUM_SAMPLES).astype("<i2").tobytes())


if __name__ == "__main__":
    write_dummy(Path("data/speech_commands/dummy_data"))
