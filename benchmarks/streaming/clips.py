"""Clips for training: keywords, other words, parts of words, noise, with a manifest."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.streaming.sounds import RATE_HZ, UNHEARD, Word, make_noise, words_of

__all__ = ["MANIFEST", "write_clips"]

MANIFEST = "clips.csv"
CLIP_SECONDS = 1.0
NO_WORD = "none"
_NOISES = {"train": 240, "val": 40, "test": 40}
_SLOPES = (0.0, 1.0)
"""White and pink; long recordings have brown noise, too."""
_LEVELS_DB = (-70.0, -15.0)
_BESIDE_WORDS_DB = (-60.0, -30.0)
_GAP = np.zeros(round(0.1 * RATE_HZ), np.float32)


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
    """Each word as it is, again in noise and after another word, and parts of words."""
    known = [word for word in words_of(fsdd) if word.digit not in UNHEARD]
    generator = np.random.default_rng(1)
    yield from known
    for word in known:
        said = [one for one in known if (one.speaker, one.part) == (word.speaker, word.part)]
        other = said[generator.integers(len(said))]
        yield _after(other, word, generator)
        yield _part_of(word, other, generator)


def _after(other: Word, word: Word, generator: np.random.Generator) -> Word:
    """The word behind the end of another one, as far as a clip has room, all of it in noise."""
    size = round(CLIP_SECONDS * RATE_HZ)
    said = np.concatenate([other.samples, _GAP, word.samples])[-max(size, len(word.samples)) :]
    clip = np.pad(said, (max(0, size - len(said)), 0))
    slope = generator.uniform(*_SLOPES)
    noise = make_noise(len(clip), generator.uniform(*_BESIDE_WORDS_DB), slope, generator)
    return replace(word, samples=np.clip(clip + noise, -1.0, 1.0 - 2.0**-15))


def _part_of(word: Word, other: Word, generator: np.random.Generator) -> Word:
    """Sound of a voice that is no word: a beginning, an end, both of different words, backwards."""
    cut, cut_other = (round(len(w.samples) * generator.uniform(0.3, 0.6)) for w in (word, other))
    made = (
        word.samples[:cut],
        word.samples[cut:],
        np.concatenate([word.samples[:cut], other.samples[cut_other:]]),
        word.samples[::-1],
    )
    is_same = word.digit == other.digit
    kinds = (0, 1, 3) if is_same else (0, 1, 2, 3)
    return replace(word, digit=NO_WORD, samples=made[generator.choice(kinds)])


def _noises() -> Iterator[Word]:
    generator = np.random.default_rng(0)
    for part, count in _NOISES.items():
        for number in range(count):
            level_db = generator.uniform(*_LEVELS_DB)
            samples = make_noise(RATE_HZ, level_db, _SLOPES[number % 2], generator)
            yield Word(NO_WORD, f"noise-{part}-{number}", part, samples)
