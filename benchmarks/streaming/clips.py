"""Clips for training: keywords, other words, noise and near silence, with a manifest."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.streaming.sounds import OTHER, RATE_HZ, UNHEARD, Word, make_noise, words_of

__all__ = ["MANIFEST", "write_clips"]

MANIFEST = "clips.csv"
_NOISES = {"train": 240, "val": 40, "test": 40}
_SLOPES = (0.0, 1.0)
"""White and pink; long recordings have brown noise, too."""
_LEVELS_DB = (-70.0, -15.0)


def write_clips(fsdd: Path, folder: Path) -> Path:
    """Write WAV files and `clips.csv`; returns the manifest.

    Args:
        fsdd: The recordings of the Free Spoken Digit Dataset.
        folder: Where to; made here.
    """
    (folder / "clips").mkdir(parents=True)
    manifest = folder / MANIFEST
    with manifest.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "label", "speaker", "part"))
        for number, word in enumerate((*_words(fsdd), *_noises())):
            name = f"clips/{number:05d}.wav"
            soundfile.write(folder / name, word.samples, RATE_HZ, subtype="PCM_16")
            rows.writerow((name, word.label, word.speaker, word.part))
    return manifest


def _words(fsdd: Path) -> Iterator[Word]:
    yield from (word for word in words_of(fsdd) if word.digit not in UNHEARD)


def _noises() -> Iterator[Word]:
    generator = np.random.default_rng(0)
    for part, count in _NOISES.items():
        for number in range(count):
            level_db = generator.uniform(*_LEVELS_DB)
            samples = make_noise(RATE_HZ, level_db, _SLOPES[number % 2], generator)
            yield Word(OTHER, f"noise-{part}-{number}", part, samples)
