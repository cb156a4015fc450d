"""Writes `data/fsdd/dummy_data`: gliding tones under names of the right form.

`python -m tests.data.fsdd.dummy`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.data.gliding_tones import write_glide

__all__ = ["write_dummy"]

_SAMPLE_RATE_HZ = 8000


def write_dummy(folder: Path) -> None:
    generator = np.random.default_rng(0)
    (folder / "recordings").mkdir(parents=True, exist_ok=True)
    for digit in range(2):
        for speaker in ("george", "lucas", "theo", "yweweler"):
            for index in (0, 5, 10, 11):
                write_glide(
                    folder / "recordings" / f"{digit}_{speaker}_{index}.wav",
                    generator,
                    _SAMPLE_RATE_HZ,
                )
    (folder / "README.md").write_text(
        "Generated tones (tests/data/fsdd/dummy.py): no recording of anybody.\n"
    )


if __name__ == "__main__":
    write_dummy(Path("data/fsdd/dummy_data"))
