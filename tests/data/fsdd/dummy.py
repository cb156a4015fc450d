"""Writes `data/fsdd/dummy_data`: noise under names of the right form. `python -m tests.data.fsdd.dummy`."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

__all__ = ["write_dummy"]

_SAMPLE_RATE_HZ, _NUM_SAMPLES = 8000, 400


def write_dummy(folder: Path) -> None:
    generator = np.random.default_rng(0)
    (folder / "recordings").mkdir(parents=True, exist_ok=True)
    for digit in range(2):
        for speaker in ("george", "lucas", "theo", "yweweler"):
            for index in (0, 5, 10, 11):
                samples = generator.normal(scale=3000, size=_NUM_SAMPLES).astype("<i2")
                with wave.open(str(folder / "recordings" / f"{digit}_{speaker}_{index}.wav"), "wb") as writer:
                    writer.setnchannels(1)
                    writer.setsampwidth(2)
                    writer.setframerate(_SAMPLE_RATE_HZ)
                    writer.writeframes(samples.tobytes())
    (folder / "README.md").write_text("Generated noise (tests/data/fsdd/dummy.py): no recording of anybody.\n")


if __name__ == "__main__":
    write_dummy(Path("data/fsdd/dummy_data"))
