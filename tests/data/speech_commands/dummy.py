"""Writes `data/speech_commands/dummy_data`: gliding tones under names of the right form.

`python -m tests.data.speech_commands.dummy`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.data.gliding_tones import write_glide

__all__ = ["write_dummy"]

_SAMPLE_RATE_HZ = 16_000
_SPEAKERS = tuple(f"{number:08x}" for number in range(1, 9))
_TEST, _VALIDATION = _SPEAKERS[5:], _SPEAKERS[3:5]
_WORDS = ("no", "up", "yes")


def write_dummy(folder: Path) -> None:
    generator = np.random.default_rng(0)
    for word in (*_WORDS, "_background_noise_"):
        (folder / word).mkdir(parents=True, exist_ok=True)
    for word in _WORDS:
        for speaker in _SPEAKERS:
            write_glide(folder / word / f"{speaker}_nohash_0.wav", generator, _SAMPLE_RATE_HZ)
    write_glide(folder / "_background_noise_" / "dummy_hum.wav", generator, _SAMPLE_RATE_HZ)
    for name, speakers in (("testing_list.txt", _TEST), ("validation_list.txt", _VALIDATION)):
        lines = [f"{word}/{speaker}_nohash_0.wav" for word in _WORDS for speaker in speakers]
        (folder / name).write_text("\n".join(lines) + "\n")
    (folder / "README.md").write_text(
        "Generated tones (tests/data/speech_commands/dummy.py): no recording of anybody.\n"
    )


if __name__ == "__main__":
    write_dummy(Path("data/speech_commands/dummy_data"))
