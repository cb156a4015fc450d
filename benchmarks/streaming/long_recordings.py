"""Long recordings with known words: concatenated speech in quiet and noise, noise, near silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.streaming.sounds import (
    KEYWORDS,
    RATE_HZ,
    UNHEARD,
    Part,
    Word,
    make_noise,
    words_of,
)
from benchmarks.streaming.spotting import Said

__all__ = ["STRANGE", "LongRecording", "make_recordings"]

STRANGE = "words that no training had, quiet"
"""Kind of recording that the training clips say nothing about."""

_ROWS = 8
"""Recordings of a kind, of equal length: they are heard side by side."""
_PAUSE_SECONDS = (0.5, 2.0)
_QUIET_DB = -65.0
_NOISY_DB = -35.0
"""About 10 to 15 dB below the words."""


@dataclass(frozen=True)
class LongRecording:
    """One row of sound.

    Attributes:
        kind: What it is of, for the table.
        samples: At `RATE_HZ`.
        said: Its words, in order.
    """

    kind: str
    samples: NDArray[np.float32]
    said: tuple[Said, ...]


def make_recordings(fsdd: Path, part: Part, *, minutes: float) -> dict[str, list[LongRecording]]:
    """Kind -> recordings of equal length.

    Args:
        fsdd: The recordings of the Free Spoken Digit Dataset.
        part: Whose words are said: val or test. Of words that no training sees, all are.
        minutes: Of each kind without words, over all its recordings.
    """
    words = list(words_of(fsdd))
    known = [word for word in words if word.part == part and word.digit not in UNHEARD]
    unheard = [word for word in words if word.digit in UNHEARD and _is_of(word, part)]
    generator = np.random.default_rng([1, ("val", "test").index(part)])
    found = {
        "all words that training had, quiet": _spoken(known, _QUIET_DB, generator),
        "the same words, noise 10 to 15 dB below": _spoken(known, _NOISY_DB, generator),
        STRANGE: _spoken(unheard, _QUIET_DB, generator),
    }
    count = round(minutes * 60.0 / _ROWS * RATE_HZ)
    for kind, level_db, slope in (
        ("white noise", -30.0, 0.0),
        ("brown noise, which no training had", -30.0, 2.0),
        ("near silence", -75.0, 1.0),
    ):
        found[kind] = [(make_noise(count, level_db, slope, generator), ()) for _ in range(_ROWS)]
    return {
        kind: [LongRecording(kind, *row) for row in _of_equal_length(rows)]
        for kind, rows in found.items()
    }


_Row = tuple[NDArray[np.float32], tuple[Said, ...]]


def _is_of(word: Word, part: Part) -> bool:
    """Half of the words that no training sees choose the threshold, half test it."""
    return word.digit == UNHEARD[("val", "test").index(part)]


def _spoken(words: Sequence[Word], level_db: float, generator: np.random.Generator) -> list[_Row]:
    """The words in random order, a pause before each, in noise."""
    order = generator.permutation(len(words))
    return [
        _with_noise(_one_after_the_other([words[i] for i in row], generator), level_db, generator)
        for row in np.array_split(order, _ROWS)
    ]


def _one_after_the_other(words: Sequence[Word], generator: np.random.Generator) -> _Row:
    parts: list[NDArray[np.float32]] = []
    said = []
    length = 0
    for word in words:
        pause = round(generator.uniform(*_PAUSE_SECONDS) * RATE_HZ)
        parts += [np.zeros(pause, np.float32), word.samples]
        start = length + pause
        length = start + len(word.samples)
        keyword = KEYWORDS.index(word.digit) if word.digit in KEYWORDS else None
        said.append(Said(keyword, start / RATE_HZ, length / RATE_HZ))
    # The last word is heard to its end.
    return np.concatenate([*parts, np.zeros(2 * RATE_HZ, np.float32)]), tuple(said)


def _with_noise(row: _Row, level_db: float, generator: np.random.Generator) -> _Row:
    samples, said = row
    noise = make_noise(len(samples), level_db, 1.0, generator)
    return np.clip(samples + noise, -1.0, 1.0 - 2.0**-15).astype(np.float32), said


def _of_equal_length(rows: Sequence[_Row]) -> Iterator[_Row]:
    longest = max(len(samples) for samples, _ in rows)
    for samples, said in rows:
        yield np.pad(samples, (0, longest - len(samples))), said
