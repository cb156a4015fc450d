"""What the search for neighbours among many sounds costs, and whether it finds copies.

    python -m benchmarks.leaks.neighbours

Spectra are drawn at random, 410 numbers each, as many as 100,000. Of 1,000, a copy is added whose
likeness is 0.8: less than codecs leave of a recording. Measured on two cores shared with other
work: 5,000 in 40 s, 20,000 in 88 s, 100,000 in 308 s, and all 1,000 copies each time.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from shared.datasheet.neighbours import nearest_pairs

__all__ = ["main"]

_SIZE = 410
_SOURCES = 24
_NUM_COPIES = 1000
_LIKENESS = 0.8
_NUMBERS = (5000, 20_000, 100_000)


def main() -> None:
    """Print the seconds and the copies found, for each number of sounds."""
    for number in _NUMBERS:
        originals = _spectra(number)
        vectors = np.concatenate([originals, _copies(originals[:_NUM_COPIES])])
        begin = time.perf_counter()
        pairs = nearest_pairs(vectors, 3, 0.7)
        seconds = time.perf_counter() - begin
        found = pairs[pairs[:, 1] - pairs[:, 0] == number]
        print(f"{number:,}: {seconds:.0f} s, {len(found):,} of {_NUM_COPIES:,} copies", flush=True)


def _spectra(number: int) -> NDArray[np.float32]:
    """Mixtures of a few sources, so that they are alike as voices are."""
    generator = np.random.default_rng(0)
    sources = generator.normal(size=(_SOURCES, _SIZE))
    mixed = generator.normal(size=(number, _SOURCES)) @ sources
    return _of_length_1(mixed + 2.0 * generator.normal(size=mixed.shape))


def _copies(originals: NDArray[np.float32]) -> NDArray[np.float32]:
    noise = _of_length_1(np.random.default_rng(1).normal(size=originals.shape))
    return _of_length_1(_LIKENESS * originals + np.sqrt(1.0 - _LIKENESS**2) * noise)


def _of_length_1(vectors: NDArray[np.float64] | NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


if __name__ == "__main__":
    main()
